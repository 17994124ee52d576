import type { ComponentChildren } from "preact";
import { Icon } from "./icons";
import { LanguageChoice, ThemeChoice } from "./settings";

/** The left column of the pages outside a login: whose page it is, what there is to say, language and theme. */
export function BrandSide({ children }: { children?: ComponentChildren }) {
  return (
    <section class="col login-side">
      <div class="login-id">
        <p class="brandline">
          <Icon name="brand" size="logo" />
          <span class="word">
            <b>ePlus</b> Mobile
          </span>
        </p>
        {children}
      </div>
      <div class="login-set">
        <ThemeChoice />
        <LanguageChoice />
      </div>
    </section>
  );
}
