import CommandLine
import Hardware
import KernelData
import Reports
import Tables

/// `gpuloom kernels show`: a model at a glance on a GPU.
enum KernelsShowCommand: Command {
  static let name = "kernels show"
  static let summary = "a model at a glance: time by kernel family, waves, occupancy, roofline"
  static var usage: CommandUsage {
    CommandUsage(
      positionals: "MODEL|TABLE",
      flags: [
        .valued("--gpu", "NAME|FILE", "the GPU to show it on (the one the table is of)"),
        .valued("--batch", "N", "the batch (the table's first)"),
        .valued("--by", "WHAT", "rows of csv and json: family, kernel or launch (family)"),
        .output("--svg", "FILE", "draw the roofline and the time by family"),
      ],
      notes: [
        "A wave is the blocks the GPU holds at once. Tail loss is the time in which block slots\n"
          + "stand empty in the last of several waves; a launch of less than one wave cannot fill\n"
          + "the GPU at all. Roofline is the least time the peak rates allow, over the duration.\n"
          + "Occupancy is that of an SM full of the kernel's blocks. Means are over time.",
        "Demand decides what side by side costs. Of an SM it is told by the row's compute_fraction\n"
          + "(a counter, or what lowered tiles execute), else by its flop, times the GPU's\n"
          + "instruction_factor where a duration shows that there is more to the launch; of the\n"
          + "DRAM by dram_fraction, else dram_bytes. Rows of launches have it in csv and json.",
        "With --out: families.csv, kernels.csv, launches.csv and roofline.svg.",
      ],
      examples: [
        ("gpuloom kernels show resnet50 --gpu v100-sxm2-16gb --batch 8", "one batch at a glance"),
        ("gpuloom kernels show mine.csv --svg roofline.svg", "a table of yours, drawn too"),
      ])
  }

  static func run(_ arguments: inout ArgumentReader, _ context: CommandContext) throws -> ExitStatus
  {
    let word = arguments.positional("a MODEL or TABLE")
    let gpuName = arguments.string("--gpu")
    let batch = arguments.integer("--batch", atLeast: 1, atMost: 1 << 20)
    let svg = arguments.string("--svg")
    let chosen = arguments.choice("--by", of: ["family", "kernel", "launch"])
    let by = chosen ?? "family"
    if chosen != nil, context.format == .table {
      arguments.fault("'--by' chooses the rows of '--format csv' and 'json'")
    }
    try arguments.finish()
    let view = try KernelsShowView(word, gpu: gpuName, batch: batch)
    context.report(view.notes)
    if let folder = context.outputFolder {
      let output = try OutputFolder(folder)
      try output.write("families.csv", view.families.csv)
      try output.write("kernels.csv", view.kernels(most: nil).csv)
      try output.write("launches.csv", view.launches.csv)
      try output.write("roofline.svg", view.figure.svg)
      try output.commit()
    }
    if let svg {
      try OutputFile.write(view.figure.svg, to: svg)
      context.note("drew \(svg)")
    }
    let rows =
      by == "family" ? view.families : by == "kernel" ? view.kernels(most: nil) : view.launches
    switch context.format {
    case .csv: context.print(rows.csv)
    case .json: context.print(rows.json.text)
    case .table:
      let style = context.tableStyle
      context.print(DiagnosticText.printable(view.heading) + "\n")
      context.print(view.overview.text(style) + "\n")
      context.print("By family\n" + view.families.text(style) + "\n")
      context.print(view.kernelHeading + "\n" + view.kernels(most: 12).text(style) + "\n")
      context.print(view.demandHeading + "\n" + view.demands(most: 12).text(style))
    }
    return .done
  }
}
