/** Progress as graduations: full is done, half is under way, empty is to do. */
export function Ruler({ done, total, now, label, small }: RulerProps) {
  const marks = Array.from({ length: total }, (_, i) => (i < done ? "d" : i === done && now ? "h" : ""));
  return (
    <div class={small ? "ruler ruler--s" : "ruler"} role="img" aria-label={label}>
      {marks.map((mark, i) => (
        <i key={i} class={mark} />
      ))}
    </div>
  );
}

interface RulerProps {
  done: number;
  total: number;
  now: boolean;
  label: string;
  small?: boolean;
}
