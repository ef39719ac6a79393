// Reads platform_adapters.json (the first argument) as the extension does: addresses and titles as JSON on stdin,
// what each shows as JSON on stdout.

import { readFileSync } from "node:fs"
import { text } from "node:stream/consumers"

const data = JSON.parse(readFileSync(process.argv[2], "utf8"))
const whole = (pattern, value) => new RegExp(`^(?:${pattern})$`, "u").exec(value)
const fill = (template, words) => template.replace(/{([a-z]+)}/g, (_, name) => words[name])
const named = (template) => [...template.matchAll(/{([a-z]+)}/g)].map(([, name]) => name)

function address(url) {
  const { margin, pattern, ports, max } = data.address
  const trimmed = url.replace(new RegExp(`${margin}$`, "u"), "").replace(new RegExp(`^${margin}`, "u"), "")
  const written = trimmed.replace(/[^!-~]+/gu, encodeURIComponent)
  const [, scheme, host, port = "", path = "", query = "", fragment = ""] = whole(pattern, written) ?? []
  if (!scheme || written.length + (path ? 0 : 1) > max) return null
  const own = ports[scheme.toLowerCase()] === port ? "" : port
  const pairs = query.split("&").filter(Boolean).map((part) => [part.split("=")[0], part.split("=").slice(1).join("=")])
  const origin = `${scheme.toLowerCase()}://${host.toLowerCase()}${own && ":"}${own}`
  return { origin, host: host.toLowerCase(), port: own, path: path || "/", pairs, fragment }
}

function match({ hosts, words }, form, { host, path, pairs }) {
  const at = (name) => (name.startsWith("*.") ? host.endsWith(name.slice(1)) : host === name)
  if (!(form.hosts ?? hosts).some(at)) return null
  const plain = form.path.replace(/\/\*$/, "").replace(/\/+$/, "").replaceAll(".", "\\.")
  const tail = form.path.endsWith("/*") ? "(?:/.*)?" : "/?"
  const found = whole(plain.replace(/{([a-z]+)}/g, (_, name) => `(${words[name]})`) + tail, path)
  const given = (name) => pairs.find(([each]) => each === name)?.[1]
  const fits = ([name, word]) => given(name) !== undefined && whole(words[word], given(name))
  const query = Object.entries(form.query ?? {})
  if (!found || !query.every(fits)) return null
  const taken = [...Object.entries(form.also ?? {}).filter(fits), ...query].map(([name, word]) => [word, given(name)])
  return { host, ...Object.fromEntries([...named(form.path).map((name, n) => [name, found[n + 1]]), ...taken]) }
}

function ofPlatform(at, followed) {
  if (at.port) return null
  for (const adapter of data.adapters)
    for (const form of adapter.forms) {
      const words = match(adapter, form, at)
      if (words && !form.follow) {
        const { id, urls } = adapter.subjects[form.shows]
        const url = urls.find((each) => named(each).every((name) => name in words))
        return [adapter.platform, form.kind, fill(id, words), fill(url, words), words[adapter.key] ?? null]
      }
      if (words && !followed) {
        const value = at.pairs.find(([name]) => name === form.follow)?.[1] ?? ""
        const meant = value.replace(/%([2-7][0-9A-Fa-f])/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)))
        const inner = address(meant.startsWith("/") ? at.origin + meant : meant)
        const found = inner && ofPlatform(inner, true)
        if (found?.[0] === adapter.platform) return found
      }
    }
  return null
}

function anyPage({ origin, path, pairs, fragment }) {
  const noise = ([name, value]) => data.generic.noise.some((each) => whole(each.name, name) && whole(each.value, value))
  const kept = pairs.filter((pair) => !noise(pair)).map(([name, value]) => (value ? `${name}=${value}` : name))
  const route = whole(data.generic.route, fragment) ? `#${fragment}` : ""
  const url = origin + path + (kept.length ? `?${kept.join("&")}` : "") + route
  return ["generic", "page", url, url, null]
}

function detect(url) {
  const at = address(url)
  return at && (ofPlatform(at, false) ?? anyPage(at))
}

function clean([platform, title]) {
  const trim = (each) => each.replace(new RegExp(data.spaces, "gu"), " ").replace(/^ +| +$/g, "")
  const { titles = [] } = data.adapters.find((adapter) => adapter.platform === platform) ?? {}
  return titles.reduce((cleaned, pattern) => trim(cleaned.replace(new RegExp(pattern, "u"), "")), trim(title))
}

const { urls, titles } = JSON.parse(await text(process.stdin))
console.log(JSON.stringify({ detected: urls.map(detect), cleaned: titles.map(clean) }))
