import { createHeraldBackend } from '@herald/backend'

const herald = createHeraldBackend({ url: process.env.HERALD_URL, secret: process.env.JWT_SECRET })

await herald.notify({
  userIds: ['alice'],
  notification: { type: 'billing.invoice.paid', title: 'Your invoice is paid' },
  idempotencyKey: 'invoice-4711-paid',
})
