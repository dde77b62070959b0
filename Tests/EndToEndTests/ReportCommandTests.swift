import TestSupport
import Testing

@testable import CommandLine
@testable import Commands
@testable import gpuloom

/// `gpuloom report` on what `compare` leaves in a folder.
struct ReportCommandTests {
  private let folder = TemporaryFolder()

  private func run(_ words: [String]) -> CommandLineRun { CommandLineRun(words, in: folder.path) }

  /// A small comparison with a tenant whose name must be escaped.
  private func compare(
    _ more: [String] = ["--requests"],
    policies: String = "\"exclusive\", \"time-only\", \"space-time\""
  ) {
    folder.write(
      "e.json",
      """
      {"format": "gpuloom.experiment/1", "name": "a <b>&\\"c\\" e", "gpu": "v100-sxm2-16gb",
       "testbed": "modern",
       "tenants": [
         {"name": "one <i>", "model": "resnet18", "replicas": 2, "slo_ms": 10,
          "arrivals": {"poisson_rps": 300}},
         {"name": "two", "model": "lstm_cell", "arrivals": {"poisson_rps": 500}}],
       "policies": [\(policies)], "duration_s": 0.5, "seeds": [1, 2]}
      """)
    let run = run(["compare", "e.json", "--out", "r", "--quiet"] + more)
    #expect(run.status == 0, "\(run.error)")
  }

  @Test func aPageIsMadeOfAComparison() {
    compare()
    let report = run(["report", "r"])
    #expect(report.status == 0 && report.output.isEmpty, "\(report.error)")
    #expect(report.error.hasPrefix("r/report.html: "))
    let page = folder.text("r/report.html")
    #expect(page.hasSuffix("</html>\n") && page.utf8.count < 3 << 20)
    #expect(page.contains("<h1>a &lt;b&gt;&amp;&quot;c&quot; e</h1>"))
    #expect(!page.contains("<b>") && !page.contains("one <i>"))
    for heading in [
      "Ranking", "Latency", "Latency against work done", "Who slows whom",
      "What latencies went to", "Use of the GPU", "What this rests on",
    ] {
      #expect(page.contains(">\(heading)</h2>"), "no section '\(heading)'")
    }
    // The sentence of the comparison, from the objectives of the manifest.
    #expect(
      page.contains("policies that share the GPU") && page.contains("of the SLO (one &lt;i&gt;)"))
    #expect(page.contains("they do not share one GPU: exclusive"))
    #expect(page.contains("Every request of requests.csv"))
    // Equal results, equal page.
    #expect(run(["report", "r", "--out", "p.html", "--quiet"]).error.isEmpty)
    #expect(folder.text("p.html") == page)
    #expect(run(["report", "r/", "--out", "other/folder"]).status == 0)
    #expect(folder.text("other/folder/report.html") == page)
  }

  @Test func withoutRequestsQuantilesAreDrawn() {
    compare([])
    #expect(run(["report", "r"]).status == 0)
    #expect(folder.text("r/report.html").contains("Through the quantiles of summary.csv"))
  }

  @Test func badFoldersAreTold() {
    let none = run(["report", "nowhere"])
    #expect(none.status == 66 && none.error.contains("nowhere: error: there is no such folder"))
    folder.write("empty/x", "")
    let empty = run(["report", "empty"])
    #expect(
      empty.status == 66 && empty.error.contains("empty/summary.csv: error: there are no results"))
    #expect(run(["report"]).status == 64)
    compare()
    let summary = folder.text("r/summary.csv")
    let lines = summary.split(separator: "\n", omittingEmptySubsequences: false)
    func report(_ text: String) -> CommandLineRun {
      folder.write("r/summary.csv", text)
      return run(["report", "r"])
    }
    // Cut at each of some bytes: never a page, always a line.
    for cut in stride(from: summary.utf8.count - 1, to: 0, by: -max(1, summary.utf8.count / 9)) {
      let run = report(String(summary.prefix(cut)))
      #expect(
        run.status == 65 && run.error.contains("r/summary.csv"), "cut at \(cut): \(run.error)")
    }
    // Cut at the end of a line, only the manifest knows.
    let short = report(lines.dropLast(4).joined(separator: "\n") + "\n")
    #expect(
      short.status == 65 && short.error.contains("lacks the run of 'space-time' under seed 2"))
    let word = report(summary.replacing(",1,*,", with: ",1,*,,x,", maxReplacements: 1))
    #expect(word.status == 65 && word.error.contains("r/summary.csv:2:"), "\(word.error)")
    #expect(
      folder.names("r") == ["comparison.svg", "manifest.json", "requests.csv", "summary.csv"])
    folder.write("r/summary.csv", summary)
    folder.write("r/requests.csv", folder.text("r/requests.csv") + "exclusive,1")
    #expect(run(["report", "r"]).error.contains("r/requests.csv:"))
  }

  @Test func aMissingManifestIsAWarning() {
    folder.write("s/study.csv", Self.study())
    let run = run(["report", "s"])
    #expect(run.status == 0 && run.error.contains("s/study.json: warning: missing"))
    let page = folder.text("s/report.html")
    #expect(page.contains(">Load and the knee</h2>") && page.contains(">All points</h2>"))
    #expect(page.contains("rate_scale") && page.contains("knee of time-only"))
    folder.write("s/study.json", "{\"results_sha256\": \"00\"}")
    let other = self.run(["report", "s"])
    #expect(other.status == 65 && other.error.contains("is not the file that study.json tells of"))
  }

  /// Three policies over eight loads, with wait reasons.
  private static func study() -> String {
    let header = CommandLineRun(
      ["compare", "--format", "csv", "--duration-s", "0.01", "--quiet"], in: "/"
    )
    .output.split(separator: "\n")[0]
    let columns = header.split(separator: ",").map(String.init)
    let waits = ["wait_queue_ms", "wait_sm_sharing_ms", "own_work_ms"]
    var text = (["rate_scale"] + columns + waits).joined(separator: ",") + "\n"
    for load in 1...8 {
      for (p, policy) in ["exclusive", "time-only", "space-time"].enumerated() {
        for tenant in ["*", "a", "b <x>"] {
          let isMet = p != 1 || load < 5
          let values: [String: String] = [
            "experiment": "study", "gpu": "g", "testbed": "t", "policy": policy, "seed": "1",
            "tenant": tenant, "model": tenant == "*" ? "" : "m", "replicas": "1",
            "arrived": "500", "completed": "500", "goodput_rps": "\(load * 10)",
            "slo_attainment": isMet ? "1" : "0.7", "latency_ms_p50": "\(load)",
            "latency_ms_p90": "\(load * 2)", "latency_ms_p99": "\(load * (p + 3))",
            "latency_ms_p999": "\(load * (p + 4))", "slowdown_mean": "\(load)",
            "slowdown_p99": "\(load * 2)", "busy_fraction": "0.5", "sm_activity": "0.4",
            "achieved_occupancy": "0.3", "flop_utilization": "0.2",
          ]
          let parts = tenant == "*" ? ["", "", ""] : ["0.5", "0.25", "1"]
          text +=
            (["\(load)"] + columns.map { values[$0] ?? "" } + parts).joined(separator: ",") + "\n"
        }
      }
    }
    return text
  }

  // MARK: In a browser

  static let browser = ["chromium", "google-chrome", "chromium-browser"].first(
    where: ShellTests.has)

  /// Looks at a page from inside: what an accessibility checker would say of headings, names and
  /// contrast, and what the script does.
  private static let probe = """
    <script>
    (function () {
    var faults = [];
    function all(s) { return Array.prototype.slice.call(document.querySelectorAll(s)); }
    var last = 0;
    all('h1,h2,h3,h4').forEach(function (h) {
      var level = Number(h.tagName[1]);
      if (level > last + 1) faults.push('heading ' + h.textContent);
      last = level;
    });
    var ids = {};
    all('[id]').forEach(function (e) { if (ids[e.id]) faults.push('id ' + e.id); ids[e.id] = 1; });
    all('svg[role=img]').forEach(function (e) {
      var name = document.getElementById(e.getAttribute('aria-labelledby'));
      if (!name || !name.textContent) faults.push('figure without a name');
    });
    all('input').forEach(function (e) { if (!e.closest('label')) faults.push('input'); });
    all('button,a').forEach(function (e) { if (!e.textContent.trim()) faults.push('no name'); });
    function channel(v) { v /= 255; return v <= 0.04045 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4); }
    function light(c) {
      var v = c.match(/[0-9.]+/g).map(Number);
      return 0.2126 * channel(v[0]) + 0.7152 * channel(v[1]) + 0.0722 * channel(v[2]);
    }
    function ground(e) {
      for (; e; e = e.parentElement) {
        var c = getComputedStyle(e).backgroundColor;
        if (c !== 'rgba(0, 0, 0, 0)') return c;
      }
      return 'rgb(255, 255, 255)';
    }
    var checked = 0;
    all('h1,h2,h3,p,td,th,a,button,label,caption,summary,figcaption,li,svg text').forEach(function (e) {
      if (!e.textContent.trim()) return;
      var style = getComputedStyle(e);
      var a = light(e.tagName === 'text' ? style.fill : style.color), b = light(ground(e));
      var ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      checked += 1;
      if (ratio < 4.5) faults.push('contrast ' + ratio.toFixed(2) + ' of ' + e.tagName + ' ' + e.textContent);
    });
    if (checked < 100) faults.push('only ' + checked + ' words');
    var width = document.documentElement.scrollWidth;
    if (width > window.innerWidth) faults.push('the page is ' + width + ' wide');
    var table = document.querySelector('table.sortable'), head = table.querySelectorAll('th button')[1];
    function column() {
      return Array.prototype.map.call(table.tBodies[0].rows, function (r) { return Number(r.cells[1].getAttribute('data-v')); });
    }
    head.click();
    var up = column();
    head.click();
    var down = column();
    if (up.length < 3 || up.some(function (v, i) { return i && v < up[i - 1]; })) faults.push('not sorted ' + up);
    if (down.join() !== up.slice().reverse().join()) faults.push('not turned ' + down);
    if (head.parentElement.getAttribute('aria-sort') !== 'descending') faults.push('aria-sort');
    var box = document.querySelector('#legend input'), name = box.closest('li').getAttribute('data-policy');
    function shown() {
      return all('main [data-series],main tr[data-policy]').filter(function (e) {
        return (e.getAttribute('data-series') || e.getAttribute('data-policy')) === name && e.style.display !== 'none';
      }).length;
    }
    var before = shown();
    box.click();
    if (before < 3 || shown() !== 0) faults.push('hidden: ' + before + ', ' + shown());
    box.click();
    if (shown() !== before) faults.push('shown again: ' + shown());
    document.querySelector('main [data-series]').dispatchEvent(new PointerEvent('pointerover', { bubbles: true }));
    if (!document.querySelector('.dim')) faults.push('nothing stands out');
    document.title = 'faults: ' + faults.join(' | ');
    }());
    </script>
    </body>
    """

  @Test(
    .enabled(if: browser != nil, "no Chromium here"), arguments: ["comparison", "study"],
    [false, true])
  func aBrowserFindsNoFault(what: String, isDark: Bool) throws {
    if what == "study" { folder.write("r/study.csv", Self.study()) } else { compare() }
    #expect(run(["report", "r", "--quiet"]).status == 0)
    let page = folder.text("r/report.html")
    folder.write("probe.html", page.replacing("</body>", with: Self.probe))
    let dark = isDark ? "--blink-settings=preferredColorScheme=0" : ""
    let flags =
      "--headless --no-sandbox --disable-gpu --enable-logging=stderr --user-data-dir=profile \(dark)"
    let browser = try #require(Self.browser)
    let dump = Shell.run("\(browser) \(flags) --dump-dom 'probe.html'", in: folder, limit: 120)
    let title = dump.output.firstRange(of: "<title>").map { range in
      String(dump.output[range.upperBound...].prefix { $0 != "<" })
    }
    #expect(title == "faults: ", "\(dump.error.suffix(2_000))")
    // What a page does wrong, its policy on contents included, is written to the console.
    let console = dump.error.split(separator: "\n").filter { $0.contains("CONSOLE") }
    #expect(console.isEmpty, "\(console)")
    let shot = Shell.run(
      "\(browser) \(flags) --window-size=1280,2000 --screenshot=shot.png r/report.html && wc -c < shot.png",
      in: folder, limit: 120)
    #expect(
      Int(shot.output.filter(\.isNumber)).map { $0 > 20_000 } == true, "\(shot.error.suffix(500))")
  }
}
