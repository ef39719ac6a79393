// The regions of a parallel state: side by side, in rows where they are too wide for that, each row filled to its end.
import { COLUMN } from "./page.mjs";
import { merge } from "./placed.mjs";

const LANE = 12; // between two lines that pass a row of regions, px
const CLEAR = 4; // between a line and a title, px; lossy/charts/draw/finish.py keeps the same

// Gives the state as one box for ELK, and its parts from its own upper left corner. `regions` are laid out already.
export function arrange(state, regions) {
  const rows = inRows(regions);
  const passing = rows.flatMap((row) => row.passing);
  const lanes = passing.length ? LANE * (passing.length + 1) : 0;
  const width = roomy(state, rows, Math.max(state.width, ...rows.map((row) => row.width + lanes)));
  const height = stack(rows, state.head);
  const parts = { boxes: {}, labels: {}, lines: [] };
  for (const row of rows) fill(row, width, parts);
  const ends = {};
  for (const row of rows) {
    for (const exit of row.exits) {
      const lane = width - LANE * (passing.indexOf(exit) + 1);
      const points = way(exit, row, exit.up ? 0 : height, lane);
      ends[exit.id] = points.at(-1).x;
      parts.lines.push(leg(exit, points));
    }
  }
  return { box: boxed(state, width, height, ends), parts };
}

// Wide enough that somewhere along the upper border no line passes where the title is to stand.
function roomy(state, rows, width) {
  const passing = rows.flatMap((row, i) => (i > 0 ? [] : row.exits.filter((exit) => exit.up).map((exit) => exit.x)));
  const lanes = rows.flatMap((row) => row.passing);
  const up = lanes.flatMap((exit, i) => (exit.up ? [width - LANE * (i + 1)] : []));
  const widest = Math.max(...gaps([0, ...passing, ...up, width]).map((gap) => gap.size));
  return widest < state.width + 2 * CLEAR ? width + state.width + 2 * CLEAR : width;
}

function inRows(regions) {
  const rows = [];
  for (const region of regions) {
    const last = rows.at(-1);
    if (last && last.width + region.placed.width <= COLUMN) {
      last.regions.push(region);
      last.width += region.placed.width;
    } else rows.push({ regions: [region], width: region.placed.width });
  }
  rows.forEach((row, i) => {
    place(row);
    // Rightmost first: it turns first and takes the outermost lane, so no two of them cross.
    row.passing = row.exits.filter((exit) => (exit.up ? i > 0 : i < rows.length - 1)).sort((a, b) => b.x - a.x);
  });
  return rows;
}

function place(row) {
  let x = 0;
  for (const region of row.regions) {
    region.x = x;
    x += region.placed.width;
  }
  row.exits = row.regions.flatMap((region) =>
    region.exits.map((exit) => {
      const point = region.placed.boxes[exit.id];
      return { ...exit, x: region.x + point.x + point.width / 2, y: point.y + point.height / 2 };
    }),
  );
}

// Gives each row its height, with room for the lines that turn above and below it. The result is the height of all.
function stack(rows, head) {
  let y = head;
  for (const row of rows) {
    row.top = y;
    row.inner = row.top + LANE * row.passing.filter((exit) => exit.up).length;
    row.end = row.inner + Math.max(...row.regions.map((region) => region.placed.height));
    row.bottom = row.end + LANE * row.passing.filter((exit) => !exit.up).length;
    y = row.bottom;
  }
  return y;
}

function fill(row, width, parts) {
  row.regions.forEach((region, i) => {
    const right = i + 1 < row.regions.length ? region.x + region.placed.width : width;
    parts.boxes[region.id] = { x: region.x, y: row.top, width: right - region.x, height: row.bottom - row.top };
    merge(parts, region.placed, { x: region.x, y: row.inner });
  });
}

// From an exit to the border of the state: straight, or beside the other rows.
function way(exit, row, border, lane) {
  const start = { x: exit.x, y: row.inner + exit.y };
  const turn = row.passing.filter((other) => other.up === exit.up).indexOf(exit);
  if (turn < 0) return [start, { x: exit.x, y: border }];
  const y = exit.up ? row.inner - LANE * (turn + 0.5) : row.end + LANE * (turn + 0.5);
  return [start, { x: exit.x, y }, { x: lane, y }, { x: lane, y: border }];
}

// It comes between the leg in the region and the one outside.
function leg({ arrow, part, inward }, points) {
  return inward
    ? { arrow, part: part - 0.5, points: points.toReversed() }
    : { arrow, part: part + 0.5, points };
}

// A port with an exit stands where that comes out; the others are put where most of the border is free.
function boxed(state, width, height, ends) {
  const box = { id: state.id, width, height };
  if (!state.ports.length) return box;
  const taken = Object.values(ends);
  const ports = state.ports.map(({ id, up, exit }) => {
    const x = exit ? ends[exit] : free(taken, width);
    if (!exit) taken.push(x);
    const side = { "elk.port.side": up ? "NORTH" : "SOUTH" };
    return { id, x, y: up ? 0 : height, width: 0, height: 0, layoutOptions: side };
  });
  return { ...box, ports, layoutOptions: { "elk.portConstraints": "FIXED_POS" } };
}

function free(taken, width) {
  return gaps([0, ...taken, width]).reduce((widest, gap) => (gap.size > widest.size ? gap : widest)).middle;
}

function gaps(places) {
  const all = places.toSorted((a, b) => a - b);
  return all.slice(1).map((x, i) => ({ size: x - all[i], middle: (x + all[i]) / 2 }));
}
