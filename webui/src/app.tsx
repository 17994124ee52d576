import { effect } from "@preact/signals";
import type { JobInfo } from "./client/messages";
import { isOutcomeOpen, isUnderWay } from "./client/progress";
import { connection } from "./client/socket";
import { agent, job, pending, user } from "./client/state";
import { Frame } from "./components/frame";
import { draft } from "./draft";
import { language } from "./i18n/texts";
import { place, watched } from "./places";
import { Conexion } from "./screens/conexion";
import { Descargar } from "./screens/descargar";
import { Down, Waiting } from "./screens/down";
import { Ejecutado } from "./screens/ejecutado";
import { EnCurso } from "./screens/en-curso";
import { Login } from "./screens/login";
import { Indeciso, NoConocido } from "./screens/no-conocido";
import { Nuevo } from "./screens/nuevo";
import { Orden } from "./screens/orden";
import { Preparar } from "./screens/preparar";
import { Resultado } from "./screens/resultado";
import { Trabajo } from "./screens/trabajo";
import { isSerial } from "./serial";

effect(() => {
  document.documentElement.lang = language.value;
});

effect(() => {
  const now = job.value;
  if (now && isUnderWay(now)) watched.value = now.id;
});

export function App() {
  const state = connection.value;
  if (state === "agent-down" || state === "not-permitted") return <Down state={state} />;
  if (!agent.value) return <Waiting />;
  if (!user.value) return <Login />;
  return (
    <Frame>
      <Screen />
    </Frame>
  );
}

function Screen() {
  const here = place.value;
  switch (here.name) {
    case "conexion":
      return <Conexion />;
    case "ejecutado":
      return <Ejecutado />;
    case "resultado":
      return <PastJob id={here.job} from={here.from} />;
    default:
      return <Work />;
  }
}

/** A job opened from a list; one whose outcome is open has no result to show. */
function PastJob({ id, from }: { id: string; from: "trabajo" | "ejecutado" }) {
  const open = pending.value.find((one) => one.id === id && isOutcomeOpen(one));
  return open ? <CurrentJob job={open} /> : <Resultado key={id} id={id} from={from} />;
}

/** A job under way comes before everything else, and stays until the technician has seen how it ended. */
function Work() {
  const now = job.value;
  if (now && now.id === watched.value) return <CurrentJob job={now} />;
  const here = place.value;
  switch (here.name) {
    case "nuevo":
      return <Nuevo />;
    case "preparar":
      return isSerial(draft.serial.value) ? <Preparar /> : <Nuevo />;
    case "descargar":
      return <Descargar />;
    case "orden":
      return <Orden id={here.order} />;
    default:
      return <Trabajo />;
  }
}

function CurrentJob({ job: now }: { job: JobInfo }) {
  switch (now.state) {
    case "done":
      return <Resultado key={now.id} id={now.id} from="trabajo" />;
    case "unknown":
      return <NoConocido job={now} />;
    case "undecided":
      return <Indeciso job={now} />;
    default:
      return <EnCurso job={now} />;
  }
}
