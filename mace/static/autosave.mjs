// Progressive enhancement: without this file the form still posts as a whole.
const WAIT = 1200
const RETRY = [2000, 5000, 15000, 30000]

export function startAutosave ($form) {
  const $state = document.querySelector($form.dataset.autosaveState)
  const token = $form.querySelector('[name=csrf_token]').value
  const $version = $form.querySelector('[name=revision]')
  let timer = null
  let dirty = false
  let busy = false
  let tries = 0

  const say = (text, state) => {
    if ($state && $state.textContent !== text) {
      $state.textContent = text
      $state.dataset.state = state
    }
  }

  const later = (ms) => {
    clearTimeout(timer)
    timer = setTimeout(save, ms)
  }

  async function save () {
    if (busy || !dirty) return
    busy = true
    dirty = false
    const body = new FormData($form)
    for (const [k, v] of [...body]) if (v instanceof File) body.delete(k)
    try {
      const r = await fetch($form.dataset.autosaveUrl, {
        method: 'POST',
        body,
        headers: { 'X-CSRFToken': token, Accept: 'application/json' },
        credentials: 'same-origin'
      })
      if (r.status === 409) {
        const other = await r.json()
        say(`${other.by} changed this item at ${other.at}. Save is stopped: copy your text, then reload.`, 'error')
        busy = false
        return
      }
      if (r.status === 401 || r.redirected) {
        say('You are signed out. Sign in again in another tab, then carry on here.', 'error')
        throw new Error('signed out')
      }
      if (!r.ok) throw new Error(String(r.status))
      const saved = await r.json()
      $version.value = saved.revision
      tries = 0
      say(`Saved at ${saved.saved_at}`, 'ok')
    } catch (e) {
      dirty = true
      say('Not saved yet. We will keep trying.', 'error')
      later(RETRY[Math.min(tries++, RETRY.length - 1)])
    } finally {
      busy = false
    }
    if (dirty && tries === 0) later(WAIT)
  }

  const changed = () => {
    dirty = true
    if ($state.dataset.state !== 'error') say('Changes not saved yet', 'wait')
    later(WAIT)
  }
  $form.addEventListener('input', changed)
  $form.addEventListener('change', changed)
  $form.addEventListener('submit', () => { dirty = false; clearTimeout(timer) })
  window.addEventListener('beforeunload', (e) => { if (dirty || busy) e.preventDefault() })
}
