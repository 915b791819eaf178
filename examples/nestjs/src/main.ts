import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import { WebSocketModule } from './web-socket.module.ts'
import { WebSocketService } from './web-socket.service.ts'

// Sends what a product would send from its own services, which have WebSocketService injected.
const app = await NestFactory.createApplicationContext(WebSocketModule, { logger: ['error'] })
const sockets = app.get(WebSocketService)
await sockets.notify('alice', { type: 'billing.invoice.paid', title: 'Paid, says NestJS' }, 'nestjs-invoice-4711')
await sockets.sendToUser('alice', 'invoice.paid', { from: 'NestJS' })
console.log(await sockets.isUserOnline('alice'))
await app.close()
