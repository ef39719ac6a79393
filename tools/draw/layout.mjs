// A list of graphs on stdin, as lossy/charts/draw/graph.py makes them; on stdout, for each, where everything is:
// {width, height, boxes: {id: box}, labels: {id: box}, lines: [{arrow, part, points}]}, px from its upper left corner.
// All in one process, since starting it takes as long as laying out a small chart.
import { text } from "node:stream/consumers";
import { place } from "./island.mjs";

// With `--quick` the first layout of each is kept, without a look at others.
const quick = process.argv.includes("--quick");
const graphs = JSON.parse(await text(process.stdin));
const placed = [];
for (const graph of graphs) placed.push(await place(graph, quick));
process.stdout.write(JSON.stringify(placed));
