// What the extension makes of addresses and titles: JSON on stdin, JSON on stdout. tests/domain asks it what the server
// is asked too.

import { readFileSync } from "node:fs";

import { cleanTitle, detect } from "../src/content/platforms";

const asked = JSON.parse(readFileSync(0, "utf8")) as { urls: string[]; titles: [string, string][] };
const detected = asked.urls.map((url) => {
  const found = detect(url);
  return found === null ? null : [found.platform, found.kind, found.canonicalId, found.url];
});
const cleaned = asked.titles.map(([platform, title]) => cleanTitle(platform, title));
process.stdout.write(JSON.stringify({ detected, cleaned }));
