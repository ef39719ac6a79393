// Bundles a bench and runs it in Node: `node bench/run.mjs endpointing`.

import { spawnSync } from "node:child_process";
import * as esbuild from "esbuild";

const [name = "endpointing"] = process.argv.slice(2);
const outfile = `build/bench/${name}.mjs`;
await esbuild.build({
  entryPoints: [`bench/${name}.ts`],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  external: ["onnxruntime-web"],
  logLevel: "warning",
  // What vad-web asks for by `require` is the browser's build.
  alias: { "onnxruntime-web/wasm": "onnxruntime-web" },
});
process.exitCode = spawnSync(process.execPath, [outfile], { stdio: "inherit" }).status ?? 1;
