#!/usr/bin/env python3
"""Records a model's kernels with PyTorch's profiler, one file for each batch.

    python3 record.py torchvision:resnet50 --batches 1,8,32 --precision fp16 --out recorded
    python3 record.py my_file.py:make_model --shape 3,224,224 --batches 1 --out recorded
    python3 record.py --self-test --out recorded        no GPU, no PyTorch: made-up figures

Needs PyTorch and nothing else; torchvision only for models named after it. Each file is a PyTorch
profiler trace that 'gpuloom kernels import' reads, with a key 'gpuloom' that tells it the model,
the batch, the precision and the weights. The commands to go on with are printed at the end.

This script has not met hardware yet: see README.md.
"""

import argparse
import gzip
import importlib
import importlib.util
import json
import os
import sys


# What a precision is called in a kernel table: half-precision products run on tensor cores.
RATES = {"fp32": "fp32", "tf32": "tf32", "fp16": "fp16_tensor", "bf16": "bf16_tensor"}


def fail(message):
    print(f"record: error: {message}", file=sys.stderr)
    sys.exit(64)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", nargs="?", help="torchvision:NAME or FILE.py:FUNCTION or MODULE:FUNCTION")
    parser.add_argument("--batches", default="1", help="batches, with commas (1)")
    parser.add_argument("--shape", default="3,224,224", help="one input without its batch (3,224,224)")
    parser.add_argument("--tokens", type=int, help="integer input of this vocabulary, not floats")
    parser.add_argument("--precision", default="fp32", choices=["fp32", "tf32", "fp16", "bf16"])
    parser.add_argument("--iterations", type=int, default=20, help="recorded ones (20)")
    parser.add_argument("--warmup", type=int, default=10, help="iterations before (10)")
    parser.add_argument("--compile", action="store_true", help="torch.compile the model first")
    parser.add_argument("--channels-last", action="store_true", help="images with channels last")
    parser.add_argument("--out", default="recorded", help="folder for the files (recorded)")
    parser.add_argument("--self-test", action="store_true", help="made-up figures, no GPU needed")
    options = parser.parse_args()
    if not options.model and not options.self_test:
        parser.error("a model is needed")
    try:
        options.batches = [int(b) for b in options.batches.split(",")]
        options.shape = [int(n) for n in options.shape.split(",")]
    except ValueError:
        parser.error("--batches and --shape take integers with commas")
    if min(options.batches + options.shape) < 1:
        parser.error("--batches and --shape take positive integers")
    return options


def make_model(name):
    """The model a word stands for: a function of torchvision's, of a file or of a module."""
    place, _, function = name.partition(":")
    if not function:
        fail(f"expected PLACE:FUNCTION, found '{name}'")
    if place == "torchvision":
        module = importlib.import_module("torchvision.models")
    elif place.endswith(".py"):
        spec = importlib.util.spec_from_file_location("recorded_model", place)
        if spec is None or not os.path.exists(place):
            fail(f"there is no file '{place}'")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    else:
        module = importlib.import_module(place)
    if not hasattr(module, function):
        fail(f"'{place}' has no '{function}'")
    return getattr(module, function)()


def record(options):
    """One trace for each batch; returns the files with their metadata."""
    import torch
    from torch.profiler import ProfilerActivity, profile, record_function

    if not torch.cuda.is_available():
        fail("PyTorch sees no GPU")
    dtype = {"fp32": torch.float32, "tf32": torch.float32, "fp16": torch.float16,
             "bf16": torch.bfloat16}[options.precision]
    # What the word says is what runs: without this, fp32 products may use tensor cores.
    torch.backends.cuda.matmul.allow_tf32 = options.precision == "tf32"
    torch.backends.cudnn.allow_tf32 = options.precision == "tf32"
    torch.backends.cudnn.benchmark = True
    torch.manual_seed(1)
    model = make_model(options.model).eval().to("cuda", dtype)
    if options.channels_last:
        model = model.to(memory_format=torch.channels_last)
    weights = sum(p.numel() * p.element_size() for p in model.parameters())
    weights += sum(b.numel() * b.element_size() for b in model.buffers())
    runner = torch.compile(model) if options.compile else model
    files = []
    for batch in options.batches:
        if options.tokens:
            inputs = torch.randint(options.tokens, [batch] + options.shape, device="cuda")
        else:
            inputs = torch.randn([batch] + options.shape, device="cuda", dtype=dtype)
            if options.channels_last:
                inputs = inputs.contiguous(memory_format=torch.channels_last)
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        with torch.inference_mode():
            for _ in range(options.warmup):
                runner(inputs)
            torch.cuda.synchronize()
            workspace = torch.cuda.max_memory_allocated() - before
            with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as profiler:
                for _ in range(options.iterations):
                    with record_function("gpuloom_iteration"):
                        runner(inputs)
                    # A pause on the GPU's side shows where an iteration begins.
                    torch.cuda.synchronize()
        facts = {
            "model": options.model.partition(":")[2], "batch": batch,
            "precision": RATES[options.precision], "weights_mib": round(weights / 2**20, 3),
            "workspace_mib": round(workspace / 2**20, 3),
            "stack": f"PyTorch {torch.__version__}, CUDA {torch.version.cuda}, cuDNN "
                     f"{torch.backends.cudnn.version()}"
                     + (", compiled" if options.compile else ", eager"),
        }
        path = os.path.join(options.out, f"{facts['model']}-b{batch}.json")
        profiler.export_chrome_trace(path)
        files.append((annotate(path, facts), facts))
    return files


def annotate(path, facts):
    """Adds the facts to a trace and packs it; returns the packed file's path."""
    with open(path, encoding="utf-8") as file:
        trace = json.load(file)
    os.remove(path)
    return write({"gpuloom": facts, **trace}, path + ".gz")


def write(trace, path):
    if not path.endswith(".gz"):
        # An event a line, for readers and for comparing.
        events = ",\n".join(json.dumps(event) for event in trace["traceEvents"])
        head = json.dumps({key: value for key, value in trace.items() if key != "traceEvents"})
        with open(path, "w", encoding="utf-8") as file:
            file.write(head[:-1] + ',\n"traceEvents": [\n' + events + "\n]}\n")
        return path
    # Without a time stamp in the packing, equal traces are equal files.
    with open(path, "wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed:
        packed.write(json.dumps(trace, separators=(",", ":")).encode())
    return path


# A network of our own invention for the self-test: name, blocks at batch 1, threads, registers,
# shared memory, microseconds at batch 1. Whole microseconds hide nothing: the last digits vary.
SYNTHETIC = [
    ("void synthetic_conv_7x7_kernel<float>", 196, 256, 96, 16384, 61.25),
    ("void synthetic_relu_elementwise_kernel<float>", 392, 128, 16, 0, 4.5),
    ("synthetic_sgemm_128x64_tn", 98, 128, 122, 12544, 38.75),
    ("void synthetic_batch_norm_kernel<float>", 64, 512, 24, 2048, 7.125),
    ("synthetic_sgemm_128x64_tn", 98, 128, 122, 12544, 39.5),
    ("void synthetic_relu_elementwise_kernel<float>", 196, 128, 16, 0, 3.25),
    ("synthetic_sgemm_32x128_tn", 16, 256, 57, 16896, 21.5),
    ("void synthetic_softmax_kernel<float>", 1, 128, 32, 512, 4.875),
]


def self_test(options):
    """Traces of made-up kernels in the shape PyTorch 2.x writes, without PyTorch or a GPU."""
    files = []
    for batch in options.batches:
        events = [{"ph": "M", "name": "process_name", "pid": 1, "tid": 0, "ts": 0,
                   "args": {"name": "SYNTHETIC: made up by record.py --self-test"}}]
        time, number = 1000.0, 1
        for iteration in range(options.iterations):
            events.append({"ph": "X", "cat": "user_annotation", "name": "gpuloom_iteration",
                           "pid": 1, "tid": 1, "ts": time, "dur": 900.0})
            for name, blocks, threads, registers, shared, base in SYNTHETIC:
                # Less than twice as long for twice the batch, as where SMs were idle; a little
                # jitter, the same in every run.
                jitter = 1 + ((number * 2654435761) % 1000 - 500) / 50000
                duration = round(base * (0.3 + 0.7 * batch) * jitter, 3)
                events.append({"ph": "X", "cat": "cuda_runtime", "name": "cudaLaunchKernel",
                               "pid": 1, "tid": 1, "ts": round(time - 6, 3), "dur": 4.0,
                               "args": {"correlation": number}})
                events.append({
                    "ph": "X", "cat": "kernel", "name": name, "pid": 0, "tid": 7,
                    "ts": round(time, 3), "dur": duration,
                    "args": {"device": 0, "context": 1, "stream": 7, "correlation": number,
                             "registers per thread": registers, "shared memory": shared,
                             "grid": [blocks * batch, 1, 1], "block": [threads, 1, 1]}})
                time += duration + 1.5
                number += 1
            time += 40
        facts = {"model": "synthetic", "batch": batch, "precision": "fp32", "weights_mib": 12.5,
                 "workspace_mib": 4.0 * batch, "stack": "SYNTHETIC, made up by record.py"}
        trace = {
            "gpuloom": facts, "schemaVersion": 1,
            "deviceProperties": [{
                "id": 0, "name": "Tesla T4", "totalGlobalMem": 15828320256, "computeMajor": 7,
                "computeMinor": 5, "maxThreadsPerBlock": 1024,
                "maxThreadsPerMultiprocessor": 1024, "regsPerBlock": 65536,
                "regsPerMultiprocessor": 65536, "warpSize": 32, "sharedMemPerBlock": 49152,
                "sharedMemPerMultiprocessor": 65536, "numSms": 40,
                "sharedMemPerBlockOptin": 65536}],
            "traceEvents": events, "traceName": "synthetic"}
        path = os.path.join(options.out, f"synthetic-b{batch}.json")
        files.append((write(trace, path), facts))
    return files


def main():
    options = arguments()
    os.makedirs(options.out, exist_ok=True)
    files = self_test(options) if options.self_test else record(options)
    table = os.path.join(options.out, files[0][1]["model"] + ".csv")
    print("Recorded. To make a kernel table of it and look at it:")
    for i, (path, _) in enumerate(files):
        print(f"  gpuloom kernels import {path} --to {table}" + (" --append" if i else ""))
    print(f"  gpuloom kernels lint {table}\n  gpuloom kernels show {table}")


if __name__ == "__main__":
    main()
