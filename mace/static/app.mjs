import { initAll as govukInitAll } from './vendor/govuk/govuk-frontend.min.js'
import { startAutosave } from './autosave.mjs'

govukInitAll()
document.querySelectorAll('form[data-autosave-url]').forEach(startAutosave)
document.querySelectorAll('[data-print]').forEach(($button) => {
  $button.hidden = false
  $button.addEventListener('click', () => window.print())
})
window.addEventListener('beforeprint', () => document.querySelectorAll('details').forEach(($d) => { $d.open = true }))
document.querySelectorAll('[data-copy]').forEach(($button) => {
  const $text = document.getElementById($button.dataset.copy)
  const $said = document.getElementById(`${$button.dataset.copy}-copied`)
  $button.hidden = !navigator.clipboard
  $button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText($text.value)
      $said.textContent = 'Copied. Paste it into the case system.'
    } catch {
      $text.select()
      $said.textContent = 'The text is selected: copy it with Ctrl and C.'
    }
  })
})
