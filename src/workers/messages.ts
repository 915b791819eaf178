import { z } from 'zod'

/** A worker serves. */
const ready = z.object({
  kind: z.literal('ready'),
  url: z.string(),
  links: z.array(z.object({ title: z.string(), url: z.string() })),
})
/** The event loop of a worker still turns. */
const alive = z.object({ kind: z.literal('alive') })
/** Another worker seems to hold up this one: it holds what both need. */
const heldUp = z.object({ kind: z.literal('held-up') })
/** A worker wants a report of all; `from` is added on the way. */
const ask = z.object({ kind: z.literal('ask'), request: z.number(), from: z.number().optional() })
/** So many reports can come. */
const asked = z.object({ kind: z.literal('asked'), request: z.number(), answers: z.number() })
const report = z.object({ kind: z.literal('report'), request: z.number(), to: z.number(), report: z.unknown() })

const message = z.discriminatedUnion('kind', [ready, alive, heldUp, ask, asked, report])

/** What workers and their supervisor send to each other. */
export type WorkerMessage = z.infer<typeof message>

/** A worker that serves, and where. */
export type Ready = Omit<z.infer<typeof ready>, 'kind'>

/** Reads a message; undefined for what is none of ours. */
export function readWorkerMessage(value: unknown): WorkerMessage | undefined {
  return message.safeParse(value).data
}
