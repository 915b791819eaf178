import type { WebSocket } from 'ws'
import { createAcknowledgements } from '../../src/delivery/acknowledgements.ts'
import { createOutbox, type Outbox } from '../../src/delivery/outbox.ts'
import type { Positions } from '../../src/delivery/positions.ts'

/** An outbox of which nothing has to be acknowledged. */
export const openOutbox = (ws: WebSocket): Outbox => createOutbox(ws, createAcknowledgements({} as Positions))
