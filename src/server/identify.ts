import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Authenticate } from '../auth/authenticate.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { AddressOf } from '../lib/client-address.ts'
import type { HeldBytes } from './held-bytes.ts'
import { createHoldRequest, type HeldRequest } from './held-requests.ts'
import type { Strangers } from './strangers.ts'
import { tokenInRequest } from './token-places.ts'
import type { UserBudgets } from './user-budgets.ts'

/** The sender of a request over HTTP, or why the request is refused. */
export interface Identity {
  /** The user of the token; undefined without one, or when the request is refused. */
  readonly viewer: Viewer | undefined
  /** The memory of the request, which is counted for the user; undefined when there is no viewer. */
  readonly held: HeldRequest | undefined
  /** The address of the sender, as `ClientAddress.key`. */
  readonly address: string
  /** Why nothing of the request is read: its token was refused, or its budget is used up. Undefined when it may be read. */
  readonly refusal: unknown
}

/** Finds the sender of a request from its head alone, and counts the request. Never rejects: `refusal` of the result says what is wrong. */
export type Identify = (request: IncomingMessage, response: ServerResponse) => Promise<Identity>

export interface IdentifyOptions {
  readonly authenticate: Authenticate
  readonly addressOf: AddressOf
  readonly strangers: Strangers
  readonly budgets: UserBudgets
  readonly heldBytes: HeldBytes
}

async function tokenOf(request: IncomingMessage): Promise<string | undefined> {
  return tokenInRequest(request)
}

/** Returns the identification of requests. A request with a good token is served, however many strangers come from the same address. */
export function createIdentify({ authenticate, addressOf, strangers, budgets, heldBytes }: IdentifyOptions): Identify {
  const holdRequest = createHoldRequest(heldBytes)
  const viewerOf = async (request: IncomingMessage, address: string): Promise<Viewer | undefined> => {
    const refuse = (error: unknown): never => {
      throw strangers.refused(address, error)
    }
    const token = await tokenOf(request).catch(refuse)
    if (token === undefined) {
      strangers.requireRoom(address)
      strangers.charge(address)
      return undefined
    }
    const viewer = await authenticate(token, address).catch(refuse)
    budgets.begin(viewer)
    budgets.read(viewer, Number(request.headers['content-length'] ?? 0))
    return viewer
  }

  return async (request, response) => {
    const { key: address } = addressOf(request)
    try {
      const viewer = await viewerOf(request, address)
      return { viewer, held: viewer && holdRequest(request, response, viewer), address, refusal: undefined }
    } catch (refusal) {
      return { viewer: undefined, held: undefined, address, refusal }
    }
  }
}
