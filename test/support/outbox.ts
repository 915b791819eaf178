import type { WebSocket } from 'ws'
import { createOutbox, type Outbox } from '../../src/delivery/outbox.ts'
import { createAcknowledgements } from '../../src/resume/acknowledgements.ts'
import type { Checkpoints } from '../../src/resume/checkpoints.ts'

/** An outbox of which nothing has to be acknowledged. */
export const openOutbox = (ws: WebSocket): Outbox => createOutbox(ws, createAcknowledgements({} as Checkpoints))
