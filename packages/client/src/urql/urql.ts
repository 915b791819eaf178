export { heraldGraphcache } from './cache.ts'
export { createHeraldExchange, type HeraldExchange, type HeraldExchangeOptions } from './exchange.ts'
