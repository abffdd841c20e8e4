#!/usr/bin/env node
/**
 * Entry of the `sequorum` program.
 * @module
 */
import { runProgram } from './program.ts'

// Readers such as `head` close early; that is not an error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})
process.exitCode = await runProgram(process.argv)
