export { createHeraldLink, type HeraldLink, type HeraldLinkOptions, type RefetchingClient } from './link.ts'
export { heraldCache } from './policies.ts'
