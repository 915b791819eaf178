import { codeOfError, StartError } from './start-error.ts'

/** The host and port on which a server was to listen. */
export interface ListenTarget {
  readonly host: string
  readonly port: number
}

/** Turns an error of listening on a port into a StartError that says why and what to do. Returns any other error as it is. */
export function explainListenError(cause: unknown, { host, port }: ListenTarget): unknown {
  const code = codeOfError(cause)
  const elsewhere =
    'Set HOST to 127.0.0.1 for this machine alone, to 0.0.0.0 for all, or to an address of this machine.'
  const sentences: Readonly<Record<string, string>> = {
    EADDRINUSE: `PORT ${port} on ${host} is used by another program (EADDRINUSE). Stop that, or set PORT to another one.`,
    EACCES: `PORT ${port} may not be opened by this user (EACCES). Set PORT to one from 1024, or give Node.js the right to it.`,
    EADDRNOTAVAIL: `HOST ${host} is no address of this machine (EADDRNOTAVAIL). ${elsewhere}`,
    EAFNOSUPPORT: `HOST ${host} is of a kind that this machine does not have (EAFNOSUPPORT). ${elsewhere}`,
    EINVAL: `HOST ${host} cannot be listened on (EINVAL). ${elsewhere}`,
    ENOTFOUND: `HOST ${host} is no name that this machine knows (ENOTFOUND). ${elsewhere}`,
    EAI_AGAIN: `HOST ${host} is no name that this machine knows now (EAI_AGAIN). ${elsewhere}`,
  }
  const sentence = code && sentences[code]
  return sentence ? new StartError(sentence, { cause }) : cause
}
