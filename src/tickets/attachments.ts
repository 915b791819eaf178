import { badInput } from '../lib/errors.ts'
import { optionalText, requireAddress, requireText } from '../lib/input.ts'
import type { Limits } from '../lib/limits.ts'
import { FILE, FILE_ID, MEDIA_TYPE, NAME } from '../lib/values.ts'
import { notRead, parsed } from '../lib/wanted.ts'

/** A file that the product keeps, and a message refers to. */
export interface Attachment {
  /** The product's own key of the file. */
  readonly fileId: string | null
  readonly name: string
  readonly mediaType: string
  /** Its size, as the sender said. Null: unknown. */
  readonly bytes: number | null
  readonly url: string
}

/** An attachment as a caller gives it. */
export interface AttachmentInput extends Pick<Attachment, 'name' | 'mediaType' | 'url'> {
  readonly fileId?: string | null | undefined
  readonly bytes?: number | null | undefined
}

/** The most bytes that an attachment takes as JSON in UTF-8, about: four for each character that it may have. */
export const MAX_ATTACHMENT_BYTES = 12 * 1024

function optionalBytes(name: string, bytes: number | null | undefined): number | null {
  if (bytes == null) return null
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw badInput(`${name} must be 0 or more.`)
  return bytes
}

function requireAttachment({ fileId, name, mediaType, bytes, url }: AttachmentInput, index: number): Attachment {
  const place = `attachments[${index}]`
  return {
    fileId: optionalText(`${place}.fileId`, fileId, FILE_ID),
    name: requireText(`${place}.name`, name, NAME),
    mediaType: requireText(`${place}.mediaType`, mediaType, MEDIA_TYPE),
    bytes: optionalBytes(`${place}.bytes`, bytes),
    url: requireAddress(`${place}.url`, url, FILE),
  }
}

/**
 * Returns attachments as the text that is stored: null when there are none. Throws BAD_USER_INPUT when there are more than
 * `limits.attachments`, or one breaks a rule.
 */
export function requireAttachments(
  attachments: readonly AttachmentInput[] | null | undefined,
  { attachments: max }: Pick<Limits, 'attachments'>,
): string | null {
  if (attachments == null || attachments.length === 0) return null
  if (attachments.length > max) {
    throw badInput(`attachments has ${attachments.length} entries, at most ${max} are allowed.`)
  }
  return JSON.stringify(attachments.map(requireAttachment))
}

const NONE: readonly Attachment[] = []

/** The attachments in the text that is stored. Undefined, which means that it was not read, stays undefined. */
export function attachmentsOf(text: string | null): readonly Attachment[] {
  return text === undefined ? notRead() : (parsed<readonly Attachment[]>(text) ?? NONE)
}
