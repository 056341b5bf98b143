import { initAll as govukInitAll } from './vendor/govuk/govuk-frontend.min.js'
import { startAutosave } from './autosave.mjs'

govukInitAll()
document.querySelectorAll('form[data-autosave-url]').forEach(startAutosave)
document.querySelectorAll('[data-print]').forEach(($button) => {
  $button.hidden = false
  $button.addEventListener('click', () => window.print())
})
window.addEventListener('beforeprint', () => document.querySelectorAll('details').forEach(($d) => { $d.open = true }))
