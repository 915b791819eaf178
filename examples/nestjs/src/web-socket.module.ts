import { createHeraldBackend } from '@herald/backend'
import { Global, Module } from '@nestjs/common'
import { WebSocketService } from './web-socket.service.ts'

const { HERALD_URL = 'http://127.0.0.1:4000', JWT_SECRET = '' } = process.env

const openService = (): WebSocketService =>
  new WebSocketService(createHeraldBackend({ url: HERALD_URL, secret: JWT_SECRET }))

/** Takes the place of the module with the gateways: frontends connect to Herald, and this sends to it. */
@Global()
@Module({
  providers: [{ provide: WebSocketService, useFactory: openService }],
  exports: [WebSocketService],
})
export class WebSocketModule {}
