import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { type Plugin, defineConfig } from "vite";

/** Emits sw.js with the names of all built files, and a version that changes with any of them. */
function serviceWorker(): Plugin {
  return {
    name: "service-worker",
    apply: "build",
    enforce: "post",
    generateBundle(_, bundle) {
      const fixed = readdirSync("public");
      const built = Object.values(bundle).filter((file) => file.fileName !== "index.html");
      const digest = createHash("sha256");
      for (const file of Object.values(bundle)) digest.update(file.type === "chunk" ? file.code : file.source);
      for (const name of fixed) digest.update(readFileSync(`public/${name}`));
      const files = ["/", ...[...built.map((file) => file.fileName), ...fixed].map((name) => `/${name}`)];
      const head = `const VERSION = "${digest.digest("hex").slice(0, 12)}";\nconst FILES = ${JSON.stringify(files)};\n`;
      this.emitFile({ type: "asset", fileName: "sw.js", source: head + readFileSync("sw.js", "utf8") });
    },
  };
}

const AGENT = process.env["EPLUS_AGENT"] ?? "127.0.0.1:8765";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [serviceWorker()],
  build: { outDir: "../agent/api/page", emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: {
    fs: { allow: [".", "../agent/domain/words"] },
    proxy: { "/health": `http://${AGENT}`, "/ws": { target: `ws://${AGENT}`, ws: true } },
  },
});
