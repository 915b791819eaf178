import type { Scene } from './sharing-cases.ts'

const NOTIFY = 'mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }'

/** Sends a notification to these users. */
export function notifying(userIds: readonly string[]): (scene: Scene) => Promise<unknown> {
  return ({ devices: { shop } }) =>
    shop.run(NOTIFY, {
      input: {
        userIds,
        notification: {
          type: 'order.paid',
          title: `For ${userIds.join()} – “ü😀”`,
          body: 'a\n"b"\\',
          data: { n: 1, list: [null, { a: 'b' }], text: '\u2028' },
          actor: { id: 'ann', role: 'AGENT', name: 'Ann' },
          actionUrl: '/orders/1',
        },
      },
    })
}
