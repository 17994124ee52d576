import { render } from "preact";
import { App } from "./app";
import { start } from "./client/socket";
import { insertSprite } from "./components/icons";
import { showTheme } from "./components/settings";
import "./styles/tokens.css";
import "./styles/page.css";
import "./styles/work.css";

interface VirtualKeyboard {
  overlaysContent: boolean;
}

/** With an overlay only the action bar moves up; otherwise the keyboard would squeeze the whole page. */
function letKeyboardOverlay(): void {
  const keyboard = (navigator as { virtualKeyboard?: VirtualKeyboard }).virtualKeyboard;
  if (keyboard) keyboard.overlaysContent = true;
}

/** Keeps the page for when the agent is down; a page of an older version reloads once the new one has arrived. */
function keepForOffline(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  const older = navigator.serviceWorker.controller !== null;
  void navigator.serviceWorker.register("/sw.js").catch(() => undefined);
  if (older) navigator.serviceWorker.addEventListener("controllerchange", () => location.reload());
}

showTheme();
insertSprite();
letKeyboardOverlay();
keepForOffline();
start();
render(<App />, document.getElementById("page") as HTMLElement);
