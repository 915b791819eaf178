import { badInput } from '../lib/errors.ts'
import { notRead, parsed } from '../lib/wanted.ts'
import type { Tx } from '../storage/storage.ts'

/** One kind of reaction to a message. */
export interface Reaction {
  readonly emoji: string
  readonly count: number
  /** The first users who reacted so, in the order of coming. */
  readonly userIds: readonly string[]
}

/** The most bytes of an emoji. The longest that exist today have 35. */
const MAX_EMOJI_BYTES = 64
/** The users that a reaction names. */
const MAX_NAMED = 100

/** What emoji consist of, today and in later versions of Unicode. */
const PARTS = /^[\p{Extended_Pictographic}\p{Emoji_Component}]+$/u
/** What makes such characters an emoji: a picture, a flag, or a key such as 1️⃣. */
const PICTURE = /\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[0-9#*]\uFE0F?\u20E3/u
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

function isOneGrapheme(text: string): boolean {
  const [first] = graphemes.segment(text)
  return first?.segment === text
}

/** Returns `emoji`. Throws BAD_USER_INPUT unless it is one emoji of at most 64 bytes. */
export function requireEmoji(emoji: string): string {
  const isShort = Buffer.byteLength(emoji) <= MAX_EMOJI_BYTES
  if (isShort && PARTS.test(emoji) && PICTURE.test(emoji) && isOneGrapheme(emoji)) return emoji
  throw badInput(`emoji must be one emoji of at most ${MAX_EMOJI_BYTES} bytes.`)
}

const NONE: readonly Reaction[] = []

/** The reactions in the text that is stored beside a message. Undefined, which means that it was not read, stays undefined. */
export function reactionsOf(text: string | null): readonly Reaction[] {
  return text === undefined ? notRead() : (parsed<readonly Reaction[]>(text) ?? NONE)
}

/**
 * Reads what is to be shown of the reactions to messages, as the text that is stored beside each. A message without one is missing. The
 * streams of their tickets must be locked.
 */
export async function readReactions(tx: Tx, messageIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await tx
    .selectFrom('reactions')
    .select(['message_id', 'emoji', 'user_id'])
    .where('message_id', 'in', messageIds)
    .orderBy('revision')
    .execute()
  const shown = new Map<string, string>()
  for (const [id, ofMessage] of Map.groupBy(rows, ({ message_id }) => message_id)) {
    const reactions = [...Map.groupBy(ofMessage, ({ emoji }) => emoji)].map(
      ([emoji, ofEmoji]): Reaction => ({
        emoji,
        count: ofEmoji.length,
        userIds: ofEmoji.slice(0, MAX_NAMED).map(({ user_id }) => user_id),
      }),
    )
    shown.set(id, JSON.stringify(reactions))
  }
  return shown
}

/** Forgets all reactions to messages, which are deleted or erased. */
export async function forgetReactions(tx: Tx, messageIds: readonly string[]): Promise<void> {
  await tx.deleteFrom('reactions').where('message_id', 'in', messageIds).execute()
}
