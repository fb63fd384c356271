// Who may import what: ARCHITECTURE.md as rules. Each is proven by a planted violation in tests/unit/import-rules.test.ts.
// Type imports count: a type that crosses a border drags the other side's vocabulary with it.

const ourTest = '\\.test\\.ts$'
const console_ = '^(app\\.vue|error\\.vue|(pages|components|composables|layouts|middleware)/)'
const product = '^(shared|platform|services|server|workers|pages|components|composables|layouts|middleware)/'

/** `from` may not reach any of `to`. */
function border(name, comment, from, to) {
  return { name, comment, severity: 'error', from: { path: from, pathNot: ourTest }, to: { path: to } }
}

/** A package that only some folders may import, also as a type. Tests and benchmarks may look at anything from outside. */
function onlyIn(name, packages, folders) {
  const comment = `${packages.join(', ')}: only in ${folders.join(', ')}`
  const pathNot = [...folders, '^tests/', '^bench/', ourTest]
  return {
    name,
    comment,
    severity: 'error',
    from: { pathNot },
    to: { path: packages.map((pattern) => `(^|node_modules/)${pattern}(/|$)`) },
  }
}

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one thing in two places, or miss a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },

    border(
      'shared-stands-alone',
      'shared/ is read by browsers and servers alike',
      '^shared/',
      '^(platform|services|server|workers|tools|tests|prisma|pages|components|composables|layouts|middleware)/',
    ),
    {
      name: 'shared-runs-in-browsers',
      comment: 'shared/ has no Node built-ins',
      severity: 'error',
      from: { path: '^shared/', pathNot: ourTest },
      to: { dependencyTypes: ['core'] },
    },
    border(
      'platform-knows-no-domain',
      'platform -> shared',
      '^platform/',
      '^(services|server|workers|tools|tests|prisma|pages|components|composables|layouts|middleware)/',
    ),
    border(
      'services-know-no-caller',
      'services -> platform -> shared',
      '^services/',
      '^(server|workers|tools|tests|prisma|pages|components|composables|layouts|middleware)/',
    ),
    border(
      'server-is-http-only',
      'server -> services -> platform -> shared',
      '^server/',
      '^(workers|tools|tests|prisma|pages|components|composables|layouts|middleware)/',
    ),
    border(
      'workers-are-no-servers',
      'workers -> services -> platform -> shared',
      '^workers/',
      '^(server|tools|tests|prisma|pages|components|composables|layouts|middleware)/',
    ),
    border(
      'tools-stay-outside',
      'tools start processes, they are not part of them',
      '^tools/',
      '^(server|workers|tests|pages|components|composables|layouts|middleware)/',
    ),
    border(
      'console-knows-shared-only',
      'pages and components -> shared; everything else comes over HTTP',
      console_,
      '^(platform|services|server|workers|tools|tests|prisma)/',
    ),

    {
      name: 'one-door-per-service',
      comment: 'Another service is reached through its index.ts',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/[^/]+/', pathNot: ['^services/$1/', '^services/[^/]+/index\\.ts$'] },
    },
    {
      name: 'one-door-from-outside',
      comment: 'A service is reached through its index.ts',
      severity: 'error',
      from: { pathNot: ['^services/', '^tests/', '^bench/', ourTest] },
      to: { path: '^services/[^/]+/', pathNot: '^services/[^/]+/index\\.ts$' },
    },
    {
      name: 'rooms-by-name',
      comment: 'From one room into another with #shared/, #platform/, #services/, so that a move shows what it touches',
      severity: 'error',
      from: { path: '^([^/]+)/' },
      to: { path: '^(shared|platform|services)/', pathNot: '^$1/', dependencyTypesNot: ['aliased', 'aliased-subpath-import'] },
    },

    onlyIn(
      'sql-only-in-repositories',
      ['pg', '@prisma/client', '@prisma/adapter-pg', '@prisma/driver-adapter-utils'],
      ['^platform/postgres/', '^services/[^/]+/[^/]+\\.repository\\.ts$', '^tools/prisma-engine/'],
    ),
    {
      name: 'generated-client-behind-postgres',
      comment: 'The generated client is reached through platform/postgres/prisma.ts',
      severity: 'error',
      from: { pathNot: '^platform/postgres/' },
      to: { path: '^platform/postgres/generated/' },
    },
    onlyIn('bullmq-only-in-queue', ['bullmq'], ['^platform/queue/']),
    onlyIn('redis-only-in-platform', ['ioredis'], ['^platform/(redis|queue)/']),
    onlyIn('minio-only-in-object-store', ['minio'], ['^platform/object-store/']),
    onlyIn('weaviate-only-in-search-index', ['weaviate-client'], ['^platform/search-index/']),
    // An h3 event never leaves server/.
    onlyIn('h3-only-in-server', ['h3', 'nitropack'], ['^server/', '^nuxt\\.config\\.ts$']),

    {
      name: 'product-has-no-test-code',
      comment: 'What runs for users does not import what tests it',
      severity: 'error',
      from: { path: product, pathNot: ourTest },
      to: { path: ['^tests/', ourTest] },
    },
    {
      name: 'product-has-no-dev-dependencies',
      comment: 'What runs for users is in dependencies, so that an image without devDependencies works',
      severity: 'error',
      // Pages are bundled when the product is built: nothing of theirs is looked for beside it.
      from: { path: product, pathNot: [ourTest, '^(pages|components|composables|layouts|middleware)/'].flat() },
      // Nitro is in the build, not beside it.
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only', 'npm'], pathNot: '(^|node_modules/)nitropack(/|$)' },
    },
    {
      name: 'imports-resolve',
      comment: 'No import leads nowhere',
      severity: 'error',
      from: {},
      // Nuxt and Nitro make these up while they build.
      to: {
        couldNotResolve: true,
        pathNot: [
          '^#(imports|app|components|build|internal)(/|$)',
          '^~?~?/',
          '^virtual:',
          '^nitropack/runtime',
          '(^|node_modules/)(minio|weaviate-client)(/|$)',
        ],
      },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.node.json' },
    doNotFollow: { path: ['node_modules', '^platform/postgres/generated/'] },
    exclude: { path: ['^\\.(nuxt|output|data)/', '^node_modules/\\.'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.mjs', '.js', '.vue', '.json', '.d.ts'],
    },
  },
}
