import type { ComponentChildren } from "preact";
import { Icon } from "./icons";
import { LanguageChoice, ThemeChoice } from "./settings";

/** The left column of the screens outside a login: the product's name, a message, theme and language. */
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
