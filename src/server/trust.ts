import type { Role } from '../auth/viewer.ts'
import type { Trust } from '../graphql/documents.ts'
import { prepareTrusted, type TrustedRules } from '../graphql/trusted-documents.ts'
import { readTrustedFile, TrustedFileError, type TrustedText } from '../graphql/trusted-file.ts'
import type { Log } from '../lib/log.ts'
import { StartError } from '../lib/start-error.ts'

/** Trusted documents: those on an operator's list, and the roles that may use no others. */
export interface TrustOptions {
  readonly texts: readonly TrustedText[]
  /** Roles that may use only documents of the list. A client without a token counts as a customer. */
  readonly only: readonly Role[]
}

/** Reads the documents in these files. Throws a StartError when a file cannot be used. */
export function readTrustedTexts(files: readonly string[]): readonly TrustedText[] {
  try {
    return files.flatMap((file) => readTrustedFile(file).texts)
  } catch (error) {
    if (error instanceof TrustedFileError) throw new StartError(`TRUSTED_DOCUMENTS: ${error.message}`)
    throw error
  }
}

/** How many mistakes, and how many warnings, are shown at most. */
const MAX_TOLD = 20
/** How many operations are counted by name, since each name is a time series. */
const MAX_NAMES = 500

/** The names under which trusted operations are counted in metrics: the first 500 of the list. */
export function countedNames(trust: Trust | undefined): readonly string[] {
  const names = new Set([...(trust?.documents.all() ?? [])].flatMap(({ trustedNames = [] }) => trustedNames))
  return [...names].slice(0, MAX_NAMES)
}

/**
 * Reads, checks and costs all trusted documents at the start, before a client uses one. Throws a StartError that lists the documents that
 * could not be executed. What looks strange, such as an id that is a wrong hash, is logged as a warning.
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
