import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n/texts";
import { useAction } from "./action";
import { Key } from "./key";

/** At the end of a list that goes on: asks for more as soon as it comes into sight, or is touched. */
export function More({ onMore, testid }: { onMore: () => Promise<void>; testid: string }) {
  const place = useRef<HTMLDivElement>(null);
  const action = useAction();
  const ask = () => void action.run(onMore);
  useEffect(() => {
    const watcher = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && ask());
    if (place.current) watcher.observe(place.current);
    return () => watcher.disconnect();
  });
  return (
    <div ref={place}>
      <Key kind="small" label={t("done.more")} busy={action.busy} testid={testid} onPress={ask} />
    </div>
  );
}
