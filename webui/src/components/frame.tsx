import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { call } from "../client/socket";
import { agent, user } from "../client/state";
import { moment } from "../i18n/format";
import { t } from "../i18n/texts";
import { place } from "../places";
import { Dialog } from "./dialog";
import { Icon } from "./icons";
import { Key } from "./key";
import { PasswordSheet } from "./password-sheet";
import { LanguageChoice, ThemeChoice } from "./settings";
import { StatusStrip } from "./status";

type PlaceName = "conexion" | "trabajo" | "ejecutado";

/** The frame of every screen after login: status above, places at the side, one sheet for the work. */
export function Frame({ children }: { children: ComponentChildren }) {
  const account = useSignal(false);
  return (
    <div class="app">
      <StatusStrip onAccount={() => (account.value = true)} />
      <nav class="rail" aria-label={t("places")}>
        <Icon name="brand" size="brand" />
        <PlaceLink name="conexion" icon="link" />
        <PlaceLink name="trabajo" icon="meter" />
        <PlaceLink name="ejecutado" icon="done" />
      </nav>
      <main class="sheet">{children}</main>
      {account.value ? <Account onClose={() => (account.value = false)} /> : <PasswordSheet />}
    </div>
  );
}

function PlaceLink({ name, icon }: { name: PlaceName; icon: string }) {
  return (
    <a class="place" href={`#${name}`} aria-current={current() === name ? "page" : undefined} data-testid={`nav-${name}`}>
      <Icon name={icon} size="i--l" />
      {t(`place.${name}`)}
    </a>
  );
}

function current(): PlaceName {
  const here = place.value;
  if (here.name === "resultado") return here.from;
  return here.name === "conexion" || here.name === "ejecutado" ? here.name : "trabajo";
}

function Account({ onClose }: { onClose: () => void }) {
  const who = user.value;
  const logout = () => {
    onClose();
    void call("session.logout").catch(() => undefined);
  };
  return (
    <Dialog
      title={t("account.title")}
      onClose={onClose}
      keys={
        <>
          <Key label={t("account.logout")} testid="logout" onPress={logout} />
          <Key label={t("close")} onPress={onClose} />
        </>
      }
    >
      {who && (
        <p>
          <b>{who.name}</b> · {who.username}
          <span class="cap block">{t("account.until", { time: moment(who.offline_until) })}</span>
        </p>
      )}
      <ThemeChoice />
      <LanguageChoice />
      <p class="cap">{t("account.version", { version: agent.value?.version ?? "" })}</p>
    </Dialog>
  );
}
