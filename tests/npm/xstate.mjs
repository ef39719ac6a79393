// Runs exported charts in XState: walks as JSON on stdin, what each of their steps did as JSON on stdout.
//
// A guard tosses the coin that tests/charts/tossed.py tosses. Actions are written down in the machine's context,
// because XState has no other place that keeps updates and effects in one order.

import { createHash } from "node:crypto"
import { text } from "node:stream/consumers"
import { assign, createMachine, fromPromise, initialTransition, transition } from "xstate"

const named = (make) => new Proxy({}, { get: (_, name) => make(name) })
const never = fromPromise(() => new Promise(() => {}))

const toss = (...facts) => createHash("sha256").update(facts.join(" ")).digest()[0] % 3 === 0

function machineOf({ config, seed, updates, eventless }, clock) {
  const act = (name) =>
    assign(({ context }, args = {}) => ({
      updates: context.updates + (updates.includes(name) ? 1 : 0),
      did: [...context.did, [name, args]],
    }))
  const holds = (name) => ({ context }) => toss(seed, eventless.includes(name) ? 0 : clock.at, context.updates, name)
  return createMachine(
    { ...config, context: { updates: 0, did: [] }, options: { maxIterations: 200 } },
    { guards: named(holds), actions: named(act), actors: named(() => never), delays: named(() => 1000) },
  )
}

const active = (value) =>
  typeof value === "string" ? [value] : Object.entries(value).flatMap(([id, inner]) => [id, ...active(inner)])

const runs = {
  "xstate.raise": ({ event }) => ["start_timer", event.type],
  "xstate.cancel": ({ sendId }) => ["stop_timer", sendId],
  "xstate.spawnChild": ({ id }) => ["start_work", id],
  "xstate.stopChild": (actor) => ["stop_work", actor?.id],
}

function* steps(walk) {
  const clock = { at: 0 }
  const machine = machineOf(walk, clock)
  let [snapshot, actions] = initialTransition(machine)
  let done = 0
  const report = () => {
    const { status, value, context } = snapshot
    const did = context.did.slice(done)
    done = context.did.length
    return { status, active: active(value).sort(), did, running: actions.map(({ type, params }) => runs[type](params)) }
  }
  yield report()
  if (snapshot.status === "error") return
  for (const { type, at } of walk.events) {
    clock.at = at
    try {
      ;[snapshot, actions] = transition(machine, snapshot, { type })
    } catch (error) {
      return yield { status: error.message, active: [], did: [], running: [] }
    }
    yield report()
  }
}

console.log(JSON.stringify(JSON.parse(await text(process.stdin)).map((walk) => [...steps(walk)])))
