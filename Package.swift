// swift-tools-version: 6.0
import PackageDescription

// Modules import only what is listed here, one way; `Tests/TidyTests` holds the table against the
// sources. No module but the executable imports `Policies`: a change of a policy compiles that
// module and links, nothing else.
let modules: [(name: String, imports: [String])] = [
  ("SimBasics", []),
  ("Tables", ["SimBasics"]),
  ("EventEngine", ["SimBasics"]),
  ("Reports", ["SimBasics", "Tables"]),
  ("CommandLine", ["Tables", "Reports"]),
  ("Hardware", ["SimBasics", "Tables"]),
  ("Device", ["SimBasics", "Tables", "Hardware"]),
  ("Workloads", ["SimBasics", "Tables"]),
  ("Traces", ["SimBasics", "Tables", "Workloads"]),
  ("LanguageModels", ["SimBasics", "Tables", "Hardware"]),
  ("KernelData", ["SimBasics", "Tables", "Hardware", "Device", "LanguageModels"]),
  ("Scheduling", ["SimBasics"]),
  ("Policies", ["SimBasics", "Scheduling"]),
  (
    "Simulation",
    [
      "SimBasics", "Tables", "EventEngine", "Hardware", "Device", "Workloads", "LanguageModels",
      "Scheduling",
    ]
  ),
  ("Metrics", ["SimBasics", "Tables", "Simulation"]),
  (
    "Studies",
    [
      "SimBasics", "Tables", "Reports", "Hardware", "Workloads", "Traces", "KernelData",
      "LanguageModels", "Scheduling", "Simulation", "Metrics",
    ]
  ),
  (
    "Commands",
    [
      "SimBasics", "Tables", "EventEngine", "Reports", "CommandLine", "Hardware", "Workloads",
      "Traces", "KernelData", "LanguageModels", "Scheduling", "Simulation", "Metrics", "Studies",
    ]
  ),
]

// Their tests run policies.
let runModules = ["Simulation", "Metrics", "Studies"]
// What tests need beside their module and its imports.
let alsoInTests = [
  "Workloads": ["Traces"], "Metrics": ["Studies", "Hardware", "Scheduling"],
]

// Not optimized, in release either: a compiler spends four fifths of its time on that. Tests run in
// release, where the simulator is ten times as fast as in debug; what is written in the tests themselves
// is built so (the oracles, which must be fast, are in TestSupport and RunSupport).
let quickToBuild = [SwiftSetting.unsafeFlags(["-Onone"], .when(configuration: .release))]
// Modules that read descriptions, order runs and print: what takes long is in the modules they call
// (runs in `Simulation`, statistics in `Metrics`, rows of files in `Tables` and the importers), and a
// third of the build would go into optimizing the rest. Packages that depend on this one by version
// may not be given such flags; for them all is optimized.
let isDependency = Context.packageDirectory.contains("/checkouts/")
let modulesWithoutLoops: Set = isDependency ? [] : ["CommandLine", "Studies", "Commands"]

func targets(_ names: [String]) -> [Target.Dependency] { names.map { .target(name: $0) } }

let package = Package(
  name: "GPULoom",
  // On Apple's systems: 128-bit integers and Synchronization. Linux needs nothing of the kind.
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "gpuloom", targets: ["gpuloom"]),
    // For packages with policies of their own: the protocol, what ships, and the tool around them.
    .library(name: "GPULoom", targets: ["Scheduling", "Policies", "Commands"]),
  ],
  targets: modules.map {
    .target(
      name: $0.name, dependencies: targets($0.imports),
      swiftSettings: modulesWithoutLoops.contains($0.name) ? quickToBuild : [])
  } + [
    .executableTarget(name: "gpuloom", dependencies: targets(["Commands", "Policies"])),
    .target(
      name: "TestSupport", dependencies: targets(["SimBasics", "Tables"]),
      path: "Tests/TestSupport"),
    // What a package of one's own has, here built with the tests.
    .executableTarget(
      name: "ExampleTool", dependencies: targets(["Commands", "Policies", "Scheduling"]),
      path: "Tests/ExamplePackage/Sources/ExampleTool"),
    .target(
      name: "RunSupport",
      dependencies: targets([
        "SimBasics", "Tables", "Hardware", "Workloads", "LanguageModels", "Scheduling", "Policies",
        "Simulation",
      ]), path: "Tests/RunSupport"),
  ]
    + modules.filter { !["CommandLine", "Commands", "Scheduling"].contains($0.name) }.map {
      module in
      .testTarget(
        name: module.name + "Tests",
        dependencies: targets(
          module.imports + [module.name, "TestSupport"]
            + (runModules.contains(module.name) ? ["Policies", "RunSupport"] : [])
            + alsoInTests[module.name, default: []]),
        swiftSettings: quickToBuild)
    } + [
      .testTarget(
        name: "EndToEndTests",
        dependencies: targets(modules.map(\.name) + ["TestSupport", "gpuloom", "ExampleTool"]),
        swiftSettings: quickToBuild),
      .testTarget(
        name: "TidyTests", dependencies: targets(["TestSupport"]), swiftSettings: quickToBuild),
    ],
  swiftLanguageModes: [.v6]
)
