// Only what finds mistakes: how code looks is prettier's business, who may import what is dependency-cruiser's.
import { createConfigForNuxt } from '@nuxt/eslint-config/flat'
import tseslint from 'typescript-eslint'

const nodeSide = [
  'shared/**/*.ts',
  'platform/**/*.ts',
  'services/**/*.ts',
  'workers/**/*.ts',
  'tools/**/*.ts',
  'bench/**/*.ts',
  'prisma/**/*.ts',
  'tests/**/*.ts',
]

export default createConfigForNuxt({ features: { standalone: true, stylistic: false, tooling: false } })
  .prepend({
    ignores: ['.nuxt/**', '.output/**', '.data/**', 'coverage/**', 'platform/postgres/generated/**', '**/fixtures/**', 'public/**'],
  })
  .append(
    {
      rules: {
        'no-console': 'off',
        eqeqeq: 'error',
        'no-constant-condition': ['error', { checkLoops: false }],
        'no-empty': ['error', { allowEmptyCatch: false }],
        'prefer-const': 'error',
        '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
        '@typescript-eslint/no-explicit-any': 'off',
        '@typescript-eslint/no-dynamic-delete': 'off',
        '@typescript-eslint/unified-signatures': 'off',
        // The console's own vocabulary: a page is called by its route, and void elements close as prettier writes them.
        'vue/multi-word-component-names': 'off',
        'vue/html-self-closing': 'off',
        'vue/no-v-html': 'error',
        // An optional prop is undefined: its type says so.
        'vue/require-default-prop': 'off',
      },
    },
    {
      // Rules that need types: what a forgotten await costs is found nowhere else.
      files: nodeSide,
      ignores: ['tests/nuxt/**'],
      languageOptions: {
        parserOptions: { project: ['./tsconfig.node.json', './tsconfig.browser.json'], tsconfigRootDir: import.meta.dirname },
      },
      plugins: { '@typescript-eslint': tseslint.plugin },
      rules: {
        '@typescript-eslint/no-floating-promises': 'error',
        '@typescript-eslint/no-misused-promises': [
          'error',
          { checksVoidReturn: { arguments: false, attributes: false, inheritedMethods: false, properties: false } },
        ],
        '@typescript-eslint/await-thenable': 'error',
        '@typescript-eslint/only-throw-error': 'error',
        '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      },
    },
    {
      // platform/config is the only reader of the environment; tools and tests make environments for others.
      files: ['shared/**', 'platform/**', 'services/**', 'server/**', 'workers/**', 'pages/**', 'components/**', 'composables/**'],
      ignores: ['platform/config/**', '**/*.test.ts'],
      rules: {
        'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'Read it through platform/config.' }],
        'no-restricted-syntax': [
          'error',
          { selector: 'TSEnumDeclaration', message: 'Not erasable: Node runs our TypeScript as it is.' },
          { selector: 'TSModuleDeclaration[kind="namespace"]', message: 'Not erasable: Node runs our TypeScript as it is.' },
          { selector: 'TSParameterProperty', message: 'Not erasable: Node runs our TypeScript as it is.' },
        ],
      },
    },
  )
