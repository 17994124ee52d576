import { render } from "preact";
import { App } from "./app";
import { start } from "./client/socket";
import { putSprite } from "./components/icons";
import { showTheme } from "./components/settings";
import "./styles/tokens.css";
import "./styles/page.css";
import "./styles/work.css";

interface VirtualKeyboard {
  overlaysContent: boolean;
}

/** The action bar then rises by the height of the keyboard, instead of the whole page being squeezed. */
function letKeyboardOverlay(): void {
  const keyboard = (navigator as { virtualKeyboard?: VirtualKeyboard }).virtualKeyboard;
  if (keyboard) keyboard.overlaysContent = true;
}

/** A page kept from an older version gives way to the new one as soon as that has arrived. */
function keepForOffline(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  const older = navigator.serviceWorker.controller !== null;
  void navigator.serviceWorker.register("/sw.js").catch(() => undefined);
  if (older) navigator.serviceWorker.addEventListener("controllerchange", () => location.reload());
}

showTheme();
putSprite();
letKeyboardOverlay();
keepForOffline();
start();
render(<App />, document.getElementById("page") as HTMLElement);
