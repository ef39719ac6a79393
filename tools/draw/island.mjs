// Lays out one island: a graph that ELK sees in one piece. A parallel state inside it is laid out first and then is
// one box to ELK, with ports where arrows leave its regions.
import ELK from "elkjs";
import { cost } from "./cost.mjs";
import { arrange } from "./parallel.mjs";
import { flat, merge } from "./placed.mjs";

// ELK's heuristics are quick, and none is best for every chart: several are tried, and the cheapest result is kept.
const LABELS = ["MEDIAN_LAYER", "SPACE_EFFICIENT_LAYER", "HEAD_LAYER"];
const SEEDS = ["1", "2", "3", "4"];
const TRIES = LABELS.flatMap((labels) => SEEDS.map((seed) => options(labels, seed)));
const elk = new ELK();

function options(labels, seed) {
  return { "elk.layered.edgeLabels.centerLabelPlacementStrategy": labels, "elk.randomSeed": seed };
}

export async function place(island, quick) {
  const inside = new Map();
  const children = [];
  for (const child of island.children) children.push(await fold(child, inside, quick));
  const placed = await cheapest({ ...island, children }, quick);
  for (const [id, parts] of inside) merge(placed, parts, placed.boxes[id]);
  return placed;
}

// The same tree with each parallel state as one box; what is in it is remembered in `inside`.
async function fold(node, inside, quick) {
  if (node.regions) {
    const regions = [];
    for (const region of node.regions) regions.push({ ...region, placed: await place(region, quick) });
    const { box, parts } = arrange(node, regions);
    inside.set(node.id, parts);
    return box;
  }
  if (!node.children) return node;
  const children = [];
  for (const child of node.children) children.push(await fold(child, inside, quick));
  return { ...node, children };
}

// The first that comes where it is to be quick.
async function cheapest(graph, quick) {
  let best;
  for (const options of quick ? TRIES.slice(0, 1) : TRIES) {
    const placed = flat(await elk.layout(chosen(graph, options)));
    if (!best || cost(placed) < cost(best)) best = placed;
  }
  return best;
}

// A copy, since ELK writes into its input. The options go to every node that holds others.
function chosen(node, options) {
  const copy = structuredClone(node);
  const choose = (one) => {
    if (one.children) Object.assign(one.layoutOptions, options);
    one.children?.forEach(choose);
  };
  choose(copy);
  return copy;
}
