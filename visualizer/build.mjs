// Builds the page's one script into the package, where the server and `lossy charts view` find it without Node.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const OUT = new URL("../lossy/web/static/charts.js", import.meta.url);

const { outputFiles, metafile } = await build({
  entryPoints: ["src/main.ts"],
  absWorkingDir: import.meta.dirname,
  bundle: true,
  write: false,
  metafile: true,
  format: "iife",
  target: "es2022",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
});

// A digest of what it was made of: whether it is old can be told without building it. tests/visualizer reads it.
const sources = Object.keys(metafile.inputs).filter((path) => !path.includes("node_modules")).sort();
const digest = createHash("sha256");
for (const path of [...sources, "package-lock.json"]) digest.update(readFileSync(new URL(path, import.meta.url)));
const head = `// Made by visualizer/build.mjs of ${sources.map((path) => path.replace("../", "")).join(" ")}\n`;
const seal = `// digest: ${digest.digest("hex")}\n`;
writeFileSync(OUT, head + seal + outputFiles[0].text);
