import { z } from 'zod'

/** From a worker to the supervisor: it serves at `url`. */
const ready = z.object({
  kind: z.literal('ready'),
  url: z.string(),
  links: z.array(z.object({ title: z.string(), url: z.string() })),
})
/** From a worker to the supervisor: its event loop still turns. */
const alive = z.object({ kind: z.literal('alive') })
/** From a worker to the supervisor: another worker seems to hold it up, such as by a lock on the database. */
const heldUp = z.object({ kind: z.literal('held-up') })
/** From a worker to all workers: it asks for their reports. The supervisor adds `from`, the id of the asking worker. */
const ask = z.object({ kind: z.literal('ask'), request: z.number(), from: z.number().optional() })
/** From the supervisor to the asking worker: how many reports it can expect. */
const asked = z.object({ kind: z.literal('asked'), request: z.number(), answers: z.number() })
/** From a worker to the asking worker: its report. */
const report = z.object({ kind: z.literal('report'), request: z.number(), to: z.number(), report: z.unknown() })

const message = z.discriminatedUnion('kind', [ready, alive, heldUp, ask, asked, report])

/** A message between workers and their supervisor. */
export type WorkerMessage = z.infer<typeof message>

/** The URL at which a worker serves, and links for the log, such as to GraphiQL. */
export type Ready = Omit<z.infer<typeof ready>, 'kind'>

/** Checks a message between processes. Undefined when it is no `WorkerMessage`. */
export function readWorkerMessage(value: unknown): WorkerMessage | undefined {
  return message.safeParse(value).data
}
