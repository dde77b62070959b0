/// What a page does where scripts run; without them it shows everything.
enum PageScript {
  /// Tables are sorted by their headings, policies are hidden and shown, and what belongs to the one
  /// under the pointer stands out.
  static let text = """
    (function () {
    'use strict';
    function all(selector, root) {
      return Array.prototype.slice.call((root || document).querySelectorAll(selector));
    }
    function key(row, i) {
      var cell = row.cells[i], value = cell.getAttribute('data-v');
      if (value !== null) return Number(value);
      var text = cell.textContent.trim();
      return text === '-' ? null : text;
    }
    function order(a, b) {
      if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
      if (typeof a === 'number' && typeof b === 'number') return a - b;
      return String(a).localeCompare(String(b), 'en', { numeric: true });
    }
    all('table.sortable').forEach(function (table) {
      var heads = all('thead th', table), body = table.tBodies[0];
      heads.forEach(function (head, i) {
        var button = document.createElement('button');
        button.type = 'button';
        while (head.firstChild) button.appendChild(head.firstChild);
        head.appendChild(button);
        button.addEventListener('click', function () {
          var isUp = head.getAttribute('aria-sort') !== 'ascending';
          heads.forEach(function (other) { other.removeAttribute('aria-sort'); });
          head.setAttribute('aria-sort', isUp ? 'ascending' : 'descending');
          all('tr', body).sort(function (a, b) {
            var x = key(a, i), y = key(b, i);
            // What does not apply stays last.
            return x === null || y === null || isUp ? order(x, y) : order(y, x);
          }).forEach(function (row) { body.appendChild(row); });
        });
      });
    });
    function policy(element) {
      return element.getAttribute('data-series') || element.getAttribute('data-policy');
    }
    var marked = all('main [data-series], main tr[data-policy]');
    var drawn = all('main [data-series]');
    var legend = all('#legend li');
    var known = legend.map(policy);
    legend.forEach(function (item) {
      var label = document.createElement('label'), box = document.createElement('input');
      box.type = 'checkbox';
      box.checked = true;
      while (item.firstChild) label.appendChild(item.firstChild);
      label.insertBefore(box, label.firstChild);
      item.appendChild(label);
      box.addEventListener('change', function () {
        marked.forEach(function (element) {
          if (policy(element) === policy(item)) element.style.display = box.checked ? '' : 'none';
        });
      });
    });
    var hot = null;
    function show(event) {
      var element = event.target.closest && event.target.closest('[data-series],[data-policy]');
      var now = element ? policy(element) : null;
      if (known.indexOf(now) < 0) now = null;
      if (now === hot) return;
      hot = now;
      drawn.forEach(function (element) {
        var own = policy(element);
        element.classList.toggle('dim', now !== null && own !== now && known.indexOf(own) >= 0);
      });
    }
    document.addEventListener('pointerover', show);
    document.addEventListener('focusin', show);
    }());
    """
}
