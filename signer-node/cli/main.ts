#!/usr/bin/env node
/**
 * Entry of the `sequorum` program.
 * @module
 */
import { wantsJson } from './options.ts'
import { reportFailure } from './output.ts'
import { runProgram } from './program.ts'

// Readers such as `head` close early; that is not an error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})
// What escapes every promise is still told in the form that was asked for.
process.on('uncaughtException', error => process.exit(reportFailure(error, wantsJson(process.argv))))
process.exitCode = await runProgram(process.argv)
