// A folder as a zip, the same bytes for the same files: no clock and no permissions go into it.

import { readdirSync, readFileSync } from "node:fs";
import { crc32, deflateRawSync } from "node:zlib";

const EPOCH = 0x21; // 1 January 1980, the first day that a zip can name
const DEFLATED = 8;
const UTF8 = 0x800;

/** @param {string} folder @returns {Buffer} */
export function zipped(folder) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const name of files(folder)) {
    const data = readFileSync(`${folder}/${name}`);
    const packed = deflateRawSync(data, { level: 9 });
    const about = header(name, data, packed);
    const entry = Buffer.concat([u32(0x04034b50), about, Buffer.from(name), packed]);
    directory.push(Buffer.concat([u32(0x02014b50), u16(20), about, Buffer.alloc(10), u32(offset), Buffer.from(name)]));
    parts.push(entry);
    offset += entry.length;
  }
  const central = Buffer.concat(directory);
  const count = u16(directory.length);
  const end = [u32(0x06054b50), u32(0), count, count, u32(central.length), u32(offset), u16(0)];
  return Buffer.concat([...parts, central, ...end]);
}

function files(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(folder.length + 1))
    .sort();
}

function header(name, data, packed) {
  const sizes = [u32(crc32(data)), u32(packed.length), u32(data.length)];
  return Buffer.concat([u16(20), u16(UTF8), u16(DEFLATED), u16(0), u16(EPOCH), ...sizes, u16(name.length), u16(0)]);
}

function u16(value) {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}
