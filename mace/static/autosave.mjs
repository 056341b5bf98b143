// Keeps what is being typed as a draft on the server. Progressive enhancement: without it the form posts as a whole.
const WAIT = 1200
const RETRY = [2000, 5000, 15000, 30000]
const PATIENCE = 3000

export function startAutosave ($form) {
  const $state = document.querySelector($form.dataset.autosaveState)
  const token = $form.querySelector('[name=csrf_token]').value
  let timer = null
  let dirty = false
  let flight = null
  let tries = 0
  let letGo = false

  const say = (text, state) => {
    if ($state.textContent !== text) {
      $state.textContent = text
      $state.dataset.state = state
    }
  }

  const later = (ms) => {
    clearTimeout(timer)
    timer = setTimeout(save, ms)
  }

  const send = (keepalive = false) => fetch($form.dataset.autosaveUrl, {
    method: 'POST',
    body: new URLSearchParams(new FormData($form)),
    headers: { 'X-CSRFToken': token, Accept: 'application/json' },
    credentials: 'same-origin',
    keepalive
  })

  async function attempt () {
    dirty = false
    try {
      const answer = await send()
      if (answer.redirected || answer.status === 401) {
        say('You are signed out. Sign in again in another tab, then go on here: your text is still on this page.', 'error')
        throw new Error('signed out')
      }
      if (answer.status !== 409 && !answer.ok) throw new Error(String(answer.status))
      const said = await answer.json()
      tries = 0
      if (answer.status === 409) {
        say(`${said.by} saved this record ${said.at}. Your text is kept as a draft: press Save to see both.`, 'error')
      } else {
        say(`Draft kept at ${said.saved_at}`, 'ok')
      }
    } catch {
      dirty = true
      if (!$state.textContent.startsWith('You are signed out')) say('Not kept yet. We will keep trying.', 'error')
      later(RETRY[Math.min(tries++, RETRY.length - 1)])
    }
  }

  function save () {
    if (!flight && dirty) {
      flight = attempt().finally(() => {
        flight = null
        if (dirty && tries === 0) later(WAIT)
      })
    }
    return flight ?? Promise.resolve()
  }

  const changed = () => {
    dirty = true
    if ($state.dataset.state !== 'error') say('Changes not kept yet', 'wait')
    later(WAIT)
  }

  // Another form or link of this page waits until what was typed is kept: the next page is drawn with it, and nothing
  // typed there takes its place. It does not wait for long.
  const keepThen = async (event, go) => {
    if (letGo || !(dirty || flight)) return
    event.preventDefault()
    event.stopPropagation()
    clearTimeout(timer)
    const kept = (async () => { await flight; await save() })()
    await Promise.race([kept, new Promise((resolve) => setTimeout(resolve, PATIENCE))])
    letGo = true
    go()
  }
  const leadsAway = ($link) => !$link.target && !($link.hash && $link.pathname + $link.search === location.pathname + location.search)

  document.addEventListener('submit', (event) => {
    const $other = event.target
    if ($other !== $form) keepThen(event, () => $other.requestSubmit(event.submitter))
  }, true)
  document.addEventListener('click', (event) => {
    const $link = event.target.closest('a[href]')
    const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)
    if ($link && plain && leadsAway($link)) keepThen(event, () => location.assign($link.href))
  }, true)

  // Leaving in any other way: the request outlives the page.
  const leaving = () => {
    if (!dirty) return
    dirty = false
    clearTimeout(timer)
    send(true)
  }

  $form.addEventListener('input', changed)
  $form.addEventListener('change', changed)
  $form.addEventListener('submit', () => { dirty = false; clearTimeout(timer) })
  window.addEventListener('pageshow', () => { letGo = false })
  window.addEventListener('pagehide', leaving)
  document.addEventListener('visibilitychange', () => { if (document.hidden) leaving() })
}
