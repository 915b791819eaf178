import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** Bytes of objects that something still holds. */
export function heldBytes(): number {
  collect()
  return process.memoryUsage().heapUsed
}

/** Bytes of buffers that something still holds. */
export function heldBufferBytes(): number {
  collect()
  return process.memoryUsage().arrayBuffers
}
