'use strict';
(() => {
  const console_ = document.getElementById('console');
  const search = document.getElementById('search');
  if (console_) {
    const lines = Array.from(console_.children);
    const texts = lines.map(line => line.textContent);
    const lower = texts.map(text => text.toLowerCase());
    const count = document.getElementById('count');
    const only = document.getElementById('only');
    let hits = [];
    let now = -1;

    const mark = (line, text, lowered, wanted) => {
      const pieces = [];
      let from = 0;
      // Some letters change their length in lower case: without a mark is better than with a wrong one.
      if (wanted && lowered.length === text.length) {
        for (let at = lowered.indexOf(wanted); at >= 0; at = lowered.indexOf(wanted, from)) {
          const marked = document.createElement('mark');
          marked.textContent = text.slice(at, at + wanted.length);
          pieces.push(text.slice(from, at), marked);
          from = at + wanted.length;
        }
      }
      line.replaceChildren(...pieces, text.slice(from));
    };
    const show = index => {
      if (now >= 0) { hits[now].classList.remove('now'); }
      now = hits.length ? (index + hits.length) % hits.length : -1;
      if (now >= 0) {
        hits[now].classList.add('now');
        const top = hits[now].offsetTop - console_.offsetTop;
        console_.scrollTop = top - console_.clientHeight / 2;
      }
      count.textContent = !search.value ? '' : now < 0 ? 'nothing found' : `${now + 1} of ${hits.length} lines`;
    };
    const find = () => {
      const wanted = search.value.toLowerCase();
      lines.forEach((line, i) => {
        const hit = wanted !== '' && lower[i].includes(wanted);
        if (hit || line.classList.contains('hit')) {
          mark(line, texts[i], lower[i], hit ? wanted : '');
          line.classList.toggle('hit', hit);
          line.classList.remove('now');
        }
      });
      hits = lines.filter(line => line.classList.contains('hit'));
      now = -1;
      filter();
      show(hits.length - 1);
    };
    const filter = () => console_.classList.toggle('filtered', only.checked && search.value !== '');

    let pending = 0;
    search.addEventListener('input', () => { clearTimeout(pending); pending = setTimeout(find, 80); });
    search.addEventListener('keydown', event => {
      if (event.key === 'Enter') { event.preventDefault(); show(event.shiftKey ? now - 1 : now + 1); }
      if (event.key === 'Escape') { search.value = ''; find(); }
    });
    document.getElementById('previous').addEventListener('click', () => show(now - 1));
    document.getElementById('next').addEventListener('click', () => show(now + 1));
    only.addEventListener('change', () => { filter(); show(now < 0 ? hits.length - 1 : now); });
    console_.scrollTop = console_.scrollHeight;
  }

  // A step leads to the line of the console and to the screenshot of its time.
  const steps = Array.from(document.querySelectorAll('.step[data-at]'));
  if (steps.length) {
    const lines = console_ ? Array.from(console_.children) : [];
    const times = lines.map(line => { const time = /^\d{4}-\S+Z/.exec(line.textContent); return time ? Date.parse(time[0]) : NaN; });
    const select = number => {
      document.querySelectorAll('.timeline .step.chosen').forEach(bar => bar.classList.remove('chosen'));
      document.querySelectorAll(`.timeline [data-step="${number}"]`).forEach(bar => bar.classList.add('chosen'));
    };
    const seek = step => {
      const at = Date.parse(step.dataset.at);
      const later = times.findIndex(time => time >= at);
      const line = lines[later < 0 ? lines.length - 1 : later];
      if (line) {
        document.querySelectorAll('#console .sought').forEach(old => old.classList.remove('sought'));
        line.classList.add('sought');
        console_.scrollTop = line.offsetTop - console_.offsetTop - console_.clientHeight / 2;
        console_.scrollIntoView({ block: 'nearest' });
        console_.focus({ preventScroll: true });
      }
      const shots = Array.from(document.querySelectorAll('.strip [data-at]'));
      shots.forEach(shot => shot.classList.remove('near'));
      const shot = shots.find(each => Date.parse(each.dataset.at) >= at) || shots[shots.length - 1];
      if (shot) { shot.classList.add('near'); }
    };
    steps.forEach(step => {
      const number = step.id.replace('step-', '');
      step.addEventListener('toggle', () => { if (step.open) { select(number); } });
      step.querySelector('.seek').addEventListener('click', () => seek(step));
    });
    document.querySelectorAll('.timeline [data-step]').forEach(bar => bar.addEventListener('click', () => {
      const step = document.getElementById(`step-${bar.dataset.step}`);
      if (step) { step.open = true; step.scrollIntoView({ block: 'center' }); select(bar.dataset.step); }
    }));
    const opened = steps.find(step => step.open);
    if (opened) {
      const box = opened.parentElement;
      box.scrollTop = opened.offsetTop - box.offsetTop - box.clientHeight / 3;
      select(opened.id.replace('step-', ''));
    }
  }

  const list = document.querySelector('.failures');
  if (list && search) {
    search.addEventListener('input', () => {
      const wanted = search.value.toLowerCase();
      document.querySelectorAll('.failures li').forEach(item => { item.hidden = !item.textContent.toLowerCase().includes(wanted); });
      document.querySelectorAll('section').forEach(run => { run.hidden = !run.querySelector('li:not([hidden])'); });
    });
  }

  document.addEventListener('keydown', event => {
    const typing = event.target instanceof HTMLInputElement;
    if (event.key === '/' && !typing && search) { event.preventDefault(); search.focus(); }
  });

  const viewer = document.getElementById('viewer');
  const shots = Array.from(document.querySelectorAll('.strip button'));
  let shown = 0;
  const view = index => {
    shown = (index + shots.length) % shots.length;
    const image = shots[shown].querySelector('img');
    viewer.querySelector('img').src = image.src;
    viewer.querySelector('img').alt = image.alt;
    viewer.querySelector('p').textContent = `${image.alt} (${shown + 1} of ${shots.length})`;
    if (!viewer.open) { viewer.showModal(); }
  };
  shots.forEach((button, index) => button.addEventListener('click', () => view(index)));
  if (viewer) {
    viewer.addEventListener('keydown', event => {
      if (event.key === 'ArrowRight') { view(shown + 1); }
      if (event.key === 'ArrowLeft') { view(shown - 1); }
    });
    viewer.addEventListener('click', event => { if (event.target === viewer) { viewer.close(); } });
    viewer.querySelector('button').addEventListener('click', () => viewer.close());
    const strip = document.querySelector('.strip');
    strip.scrollLeft = strip.scrollWidth;
  }

  document.querySelectorAll('[data-copy]').forEach(button => button.addEventListener('click', () => {
    const code = document.getElementById(button.dataset.copy);
    getSelection().selectAllChildren(code);
    const done = () => { button.textContent = 'Copied'; setTimeout(() => { button.textContent = 'Copy'; }, 1500); };
    // A page that was opened as a file may lack the clipboard; the command is selected then, to be copied by hand.
    if (navigator.clipboard) { navigator.clipboard.writeText(code.textContent).then(done, () => {}); }
  }));
})();
