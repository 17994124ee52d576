import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface DialogProps {
  title: string;
  onClose: () => void;
  keys: ComponentChildren;
  children: ComponentChildren;
}

/** A modal dialog. The browser keeps the focus inside and closes it on Esc. */
export function Dialog({ title, onClose, keys, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    element.current?.showModal();
    return () => before instanceof HTMLElement && before.focus();
  }, []);
  return (
    <dialog ref={element} class="dialog" aria-labelledby="dialog-title" onClose={onClose}>
      <div class="col">
        <h1 id="dialog-title">{title}</h1>
        {children}
      </div>
      <footer class="actions">{keys}</footer>
    </dialog>
  );
}
