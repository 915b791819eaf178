import { describe, expect, it } from 'vitest'
import { findTexts, openConversation } from '../support/ticket-search.ts'
import { agent, customer } from '../support/tickets.ts'

const ann = customer('ann')
const sam = agent('sam')

describe('a search finds', () => {
  it('messages and subjects by words that all occur, the latest first', async () => {
    const desk = await openConversation('The red lamp is broken', 'A blue lamp', 'Nothing')
    desk.clock.advance(1)
    await desk.tickets.upsert({ id: 't2', subject: 'Lamp, red', participants: [{ id: 'ann' }] })
    expect(await findTexts(desk, ann, 'lamp')).toEqual(['t2: Lamp, red', 'A blue lamp', 'The red lamp is broken'])
    expect(await findTexts(desk, ann, 'red lamp')).toEqual(['t2: Lamp, red', 'The red lamp is broken'])
    expect(await findTexts(desk, ann, 'lamp broken blue')).toEqual([])
  })

  it('an unfinished last word from its third character on', async () => {
    const desk = await openConversation('The lamp')
    expect(await findTexts(desk, ann, 'the lam')).toEqual(['The lamp'])
    for (const query of ['la', 'lam ', 'lam the', 'amp']) expect(await findTexts(desk, ann, query)).toEqual([])
  })

  it.each([
    ['STRASSE', 'In der Straße'],
    ['strase', 'Señor Strašek'],
    ['senor', 'Señor Strašek'],
    ['istanbul', 'İstanbul, ıstanbul'],
    ['احمد', 'مرحبا أَحْمَد'],
    ['订单', '我的订单没有到'],
    ['注文', '注文が届きません'],
    ['ΟΔΟΣ', 'στην οδός'],
    ['ann@example.org', 'Mail to ann@example.org, please'],
    ['INV-2026', 'Bill inv-2026/17'],
    ['ﬁle', 'the file'],
    ['½', 'one 1⁄2 litre'],
  ])('%s in %s', async (query, body) => {
    const desk = await openConversation(body, 'Something else')
    expect(await findTexts(desk, ann, query)).toEqual([body])
    expect(await findTexts(desk, sam, query)).toEqual([body])
  })

  it.each([
    '"',
    "'",
    '*',
    'AND',
    'OR lamp',
    'NOT lamp',
    'lamp"',
    "lamp' | 'x",
    'terms:lamp',
    '{lamp}',
    '(lamp',
    'lamp ^',
    '-lamp x',
    'NEAR(a b)',
    "\\'",
    '!!! ???',
    '& | ! :* <->',
    '%',
    '_',
  ])('no more because of what means something to a database: %j', async (query) => {
    const desk = await openConversation('The table', 'The pad')
    expect(await findTexts(desk, ann, query)).toEqual([])
    expect(await findTexts(desk, sam, query)).toEqual([])
  })

  it.each([
    ['nothing', ''],
    ['spaces', '  '],
    ['257 characters', 'a'.repeat(257)],
    ['a NUL', 'a\0b'],
    ['half a surrogate pair', 'a\ud800'],
  ])('nothing for %s, which is refused', async (_, query) => {
    const desk = await openConversation('a')
    await expect(findTexts(desk, ann, query)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', message: /^query / })
    await expect(findTexts(desk, ann, 'a', 101)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  })

  it('long texts and words', async () => {
    const word = `lamp${'x'.repeat(100)}`
    const body = `${'word '.repeat(5_000)} ${word} end`
    const desk = await openConversation(body)
    expect(await findTexts(desk, ann, 'end')).toEqual([body])
    expect(await findTexts(desk, ann, word)).toEqual([body])
  })
})

describe('an excerpt', () => {
  it('has what was found, on one line of at most 200 characters', async () => {
    const desk = await openConversation(
      `${'before '.repeat(50)}\n\tthe\n LÄMP 😀 ${'after '.repeat(50)}`,
      'A lamp',
      '😀'.repeat(300),
    )
    const excerpts = async (query: string) =>
      (await desk.tickets.search(ann, { query, first: 10 })).nodes.map(({ excerpt }) => excerpt)
    const [short, long] = await excerpts('lamp')
    expect(short).toBe('A lamp')
    expect(long).toMatch(/^…before .*before the LÄMP 😀 after .*…$/)
    expect([...(long ?? '')].length).toBeLessThanOrEqual(200)
    expect(long?.isWellFormed()).toBe(true)
  })
})

describe('pages of a search', () => {
  it('have each hit once, also while others write', async () => {
    const desk = await openConversation(...Array.from({ length: 25 }, (_, n) => `lamp ${n}`))
    const { tickets, say, note } = desk
    const seen: (string | null | undefined)[] = []
    let after: string | null = null
    do {
      const page = await tickets.search(ann, { query: 'lamp', first: 7, after })
      seen.push(...page.nodes.map(({ message }) => message?.body))
      expect(page.edges.map(({ node }) => node)).toEqual(page.nodes)
      expect(page.pageInfo.hasPreviousPage).toBe(after !== null)
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
      await say(ann, 't1', 'another lamp')
      await note(sam, 't1', 'a lamp of staff')
      // The last hit is gone: the next page begins where it was.
      await tickets.remove(ann, page.nodes.at(-1)?.message?.id ?? '')
    } while (after !== null)
    expect(seen).toEqual(Array.from({ length: 25 }, (_, n) => `lamp ${24 - n}`))
  })

  it('go on only from cursors of a search', async () => {
    const desk = await openConversation('lamp')
    const { resumeCursor } = await desk.tickets.messages(ann, { id: 't1' }, {})
    for (const after of ['x', resumeCursor]) {
      const page = desk.tickets.search(ann, { query: 'lamp', first: 1, after })
      await expect(page).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    }
  })
})

describe('what is no longer there is not found', () => {
  it('after an edit, a deletion, an erasure or another subject', async () => {
    const desk = await openConversation('lamp one', 'lamp two')
    const { tickets, say } = desk
    await tickets.upsert({ id: 't1', subject: 'A lamp' })
    const edited = await say(ann, 't1', 'lamp three')
    await tickets.edit(ann, edited.id, 'candle')
    expect(await findTexts(desk, sam, 'lamp')).toEqual(['lamp two', 'lamp one', 't1: A lamp'])
    expect(await findTexts(desk, sam, 'candle')).toEqual(['candle'])
    await tickets.edit(ann, edited.id, '', [{ name: 'lamp.png', mediaType: 'image/png', url: '/lamp' }])
    expect(await findTexts(desk, sam, 'candle')).toEqual([])
    await tickets.edit(ann, edited.id, 'torch')
    expect(await findTexts(desk, sam, 'torch')).toEqual(['torch'])
    await tickets.remove(ann, edited.id)
    await tickets.upsert({ id: 't1', subject: 'A torch' })
    expect(await findTexts(desk, sam, 'torch')).toEqual(['t1: A torch'])
    await tickets.upsert({ id: 't1', subject: null })
    await tickets.erase('ann')
    for (const query of ['lamp', 'torch', 'candle']) expect(await findTexts(desk, sam, query)).toEqual([])
    const rows = await desk.storage.read((tx) => tx.selectFrom('search_texts').selectAll().execute())
    expect(rows).toEqual([])
  })

  it('nor what was rolled back', async () => {
    const desk = await openConversation('lamp')
    await desk.tickets.upsert({ id: 't1', status: 'CLOSED' })
    await expect(desk.say(ann, 't1', 'closed lamp')).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await findTexts(desk, sam, 'lamp')).toEqual(['lamp'])
  })
})
