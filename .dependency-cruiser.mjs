const features = 'notifications|tickets|events|presence|handoff|preferences'
const mechanisms = 'bus|delivery|resume|membership|storage|auth|redis'
const implementations = '^src/[^/]+/(memory|local|redis|sqlite|postgres)-[^/]+\\.ts$'

const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

export default {
  forbidden: [
    forbid('no-cycles', 'A cycle has no order in which to read it.', {}, { circular: true }),
    forbid(
      'lib-knows-nothing',
      'lib/ imports nothing of ours.',
      { path: '^src/lib/' },
      { path: '^src/', pathNot: '^src/lib/' },
    ),
    forbid(
      'mechanisms-know-no-feature',
      'A mechanism imports mechanisms and lib/.',
      { path: `^src/(${mechanisms})/` },
      { path: '^src/', pathNot: `^src/(${mechanisms}|lib)/` },
    ),
    forbid(
      'features-do-not-meet',
      'A feature imports itself, mechanisms and lib/; app.ts hands other features in as functions.',
      { path: `^src/(${features})/` },
      { path: '^src/', pathNot: `^src/($1|${mechanisms}|lib)/` },
    ),
    forbid(
      'graphql-calls-features',
      'The GraphQL face imports features, mechanisms and lib/.',
      { path: '^src/graphql/' },
      { path: '^src/', pathNot: `^src/(graphql|${features}|${mechanisms}|lib)/` },
    ),
    forbid(
      'server-serves-graphql',
      'The server imports the GraphQL face, features, mechanisms and lib/.',
      { path: '^src/server/' },
      { path: '^src/', pathNot: `^src/(server|graphql|${features}|${mechanisms}|lib)/` },
    ),
    forbid(
      'ingress-executes-graphql',
      'What takes commands from Redis imports the GraphQL face, features, mechanisms and lib/.',
      { path: '^src/ingress/' },
      { path: '^src/', pathNot: `^src/(ingress|graphql|${features}|${mechanisms}|lib)/` },
    ),
    forbid(
      'app-chooses-implementations',
      'Only app.ts, with shared.ts, names what stands behind a seam; the command line is an app of its own.',
      { path: '^src/', pathNot: ['^src/((app|shared)\\.ts$|cli/)', implementations] },
      { path: implementations },
    ),
    forbid(
      'workers-serve-nothing',
      'Whoever keeps processes alive knows nothing of what they do, and only main.ts knows of it.',
      { path: '^src/workers/' },
      { path: '^src/', pathNot: '^src/(workers|lib)/' },
    ),
    forbid(
      'main-starts-workers',
      'Only main.ts starts processes.',
      { path: '^src/', pathNot: '^src/(main\\.ts|workers/)' },
      { path: '^src/workers/' },
    ),
    forbid(
      'nobody-imports-main',
      'main.ts, herald.ts and the command line are where it starts.',
      { path: '^src/', pathNot: '^src/(main|cli)' },
      { path: '^src/(main\\.ts|herald\\.ts|cli/)' },
    ),
    forbid(
      'app-is-the-top',
      'Only main.ts, by restartable.ts, herald.ts and the command line start the app.',
      { path: '^src/', pathNot: '^src/((main|restartable|herald)\\.ts|cli/)' },
      { path: '^src/app\\.ts$' },
    ),
    forbid(
      'pages-run-in-browsers',
      'What runs in browsers imports nothing of the server.',
      { path: '^src/pages/' },
      { path: '^src/', pathNot: '^src/pages/' },
    ),
    forbid(
      'servers-run-no-pages',
      'What runs in browsers is served as text, and imported by nobody.',
      { path: '^src/', pathNot: '^src/pages/' },
      { path: '^src/pages/' },
    ),
    forbid(
      'sql-in-storage',
      'Drivers of databases belong to storage/.',
      { path: '^src/', pathNot: '^src/storage/' },
      { path: '^(node:sqlite|sqlite|pg)$|node_modules/pg/' },
    ),
    forbid(
      'redis-in-its-files',
      'Redis is spoken in redis-*.ts only; what is common to these is in redis/.',
      { path: '^src/', pathNot: '/redis-[^/]+\\.ts$' },
      { path: 'node_modules/(ioredis|graphql-redis-subscriptions)/' },
    ),
    forbid(
      'jose-in-auth',
      'Tokens are read in auth/ and signed in cli/.',
      { path: '^src/', pathNot: '^src/(auth|cli)/' },
      { path: 'node_modules/jose/' },
    ),
    forbid(
      'sockets-in-server',
      'Sockets belong to server/ and delivery/.',
      { path: '^src/', pathNot: '^src/(server|delivery|cli|pages)/' },
      { path: 'node_modules/(ws|graphql-ws)/' },
    ),
    forbid(
      'metrics-in-server',
      'What is measured counts; server/metrics/ tells.',
      { path: '^src/', pathNot: '^src/server/metrics/' },
      { path: 'node_modules/prom-client/' },
    ),
    forbid(
      'graphql-in-its-handlers',
      'Features speak no GraphQL.',
      { path: `^src/(${features}|bus|resume|membership|storage|auth|redis|lib)/` },
      { path: 'node_modules/(graphql|graphql-yoga)/' },
    ),
    forbid(
      'packages-know-no-server',
      'What others install beside the server imports nothing of it.',
      { path: '^packages/' },
      { path: '^src/' },
    ),
    forbid(
      'server-knows-no-package',
      'The server needs nothing of what others install beside it.',
      { path: '^src/' },
      { path: '^packages/' },
    ),
    forbid(
      'client-needs-graphql-ws',
      'The kit for frontends needs graphql-ws and no other package; what needs React or another client has a folder of its own.',
      { path: '^packages/client/src/[^/]+$' },
      { path: 'node_modules/', pathNot: 'node_modules/graphql-ws/' },
    ),
    forbid(
      'client-knows-no-framework',
      'What needs React or another client stands on the kit, which does not grow by it.',
      { path: '^packages/client/src/[^/]+$' },
      { path: '^packages/client/src/[^/]+/' },
    ),
    forbid(
      'client-runs-in-browsers',
      'Nothing in the kit for frontends comes from Node.',
      { path: '^packages/client/src/' },
      { dependencyTypes: ['core'] },
    ),
    forbid(
      'no-orphans',
      'A module that nobody imports is dead.',
      { orphan: true, pathNot: ['^src/(main|cli/|pages/)', '^packages/[^/]+/src/index\\.ts$', '\\.d\\.ts$'] },
      {},
    ),
    forbid(
      'no-dev-dependencies',
      'What runs in production must be installed there.',
      { path: '^src/' },
      { dependencyTypes: ['npm-dev'] },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
  },
}
