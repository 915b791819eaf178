import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** Bytes of objects that something still holds. */
export const heldBytes = (): number => {
  collect()
  return process.memoryUsage().heapUsed
}

/** Bytes of buffers that something still holds. */
export const heldBufferBytes = (): number => {
  collect()
  return process.memoryUsage().arrayBuffers
}
