// Runs the unit tests in Node: each *.test.ts is bundled by esbuild, which also leaves the types to `tsc`.

import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const TESTS = fileURLToPath(new URL(".", import.meta.url));
const OUT = `${TESTS}../build/tests`;

rmSync(OUT, { recursive: true, force: true });
await esbuild.build({
  entryPoints: readdirSync(TESTS)
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => `${TESTS}${name}`),
  outdir: OUT,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: "inline",
  logLevel: "warning",
});
const names = readdirSync(OUT).map((name) => `${OUT}/${name}`);
process.exitCode =
  spawnSync(process.execPath, ["--test", "--enable-source-maps", ...names], { stdio: "inherit" }).status ?? 1;
