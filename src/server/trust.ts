import type { Role } from '../auth/viewer.ts'
import type { Trust } from '../graphql/documents.ts'
import { prepareTrusted, type TrustedRules } from '../graphql/trusted-documents.ts'
import { readTrustedFile, TrustedFileError, type TrustedText } from '../graphql/trusted-file.ts'
import type { Log } from '../lib/log.ts'
import { StartError } from '../lib/start-error.ts'

/** The documents that an operator has put on a list, and for whom it is the only one. */
export interface TrustOptions {
  readonly texts: readonly TrustedText[]
  /** Roles that may use nothing else; whoever is not known counts as a customer. */
  readonly only: readonly Role[]
}

/** The documents in files. Throws a StartError when one of them cannot be used. */
export function readTrustedTexts(files: readonly string[]): readonly TrustedText[] {
  try {
    return files.flatMap((file) => readTrustedFile(file).texts)
  } catch (error) {
    if (error instanceof TrustedFileError) throw new StartError(`TRUSTED_DOCUMENTS: ${error.message}`)
    throw error
  }
}

const MAX_TOLD = 20
/** Each name is a time series. */
const MAX_NAMES = 500

/** The names of operations as they are counted: those of the list, as long as they are not too many. */
export function countedNames(trust: Trust | undefined): readonly string[] {
  const names = new Set([...(trust?.documents.all() ?? [])].flatMap(({ trustedNames = [] }) => trustedNames))
  return [...names].slice(0, MAX_NAMES)
}

/**
 * Makes everything about trusted documents that can be made before somebody uses one. Throws a StartError that names each one that could not be
 * executed; what looks strange is a warning.
 */
export function trustOf({ texts, only }: TrustOptions, rules: TrustedRules, log: Log): Trust {
  const { documents, mistakes, warnings } = prepareTrusted(texts, rules)
  if (mistakes.length > 0) {
    const more = mistakes.length > MAX_TOLD ? `\n  and ${mistakes.length - MAX_TOLD} more` : ''
    const list = mistakes.slice(0, MAX_TOLD).map((mistake) => `\n  - ${mistake}`)
    throw new StartError(`TRUSTED_DOCUMENTS has documents that cannot be executed:${list.join('')}${more}`)
  }
  for (const warning of warnings.slice(0, MAX_TOLD)) log.warn(`TRUSTED_DOCUMENTS: ${warning}`)
  return { documents, only: new Set(only) }
}
