"""Adapters that misbehave: each offers a softmax that does so in one way, and a relu in good
health."""
# ruff: noqa: N805  the classes are glossaries of plain functions, and printing is one of the ways

import ctypes
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from types import MappingProxyType

import numpy as np

FLOOD = "0123456789abcdef" * 4096


def relu(x):
    return np.maximum(x, 0)


class Segfaults:
    relu = relu

    def softmax(x, *, axis):
        return ctypes.string_at(0)


class KillsItself:
    relu = relu

    def softmax(x, *, axis):
        print("the last words")
        os.kill(os.getpid(), signal.SIGKILL)


class Leaves:
    relu = relu

    def softmax(x, *, axis):
        os._exit(0)


class LoopsInC:
    """Holds the interpreter's lock for ever: no thread and no signal handler of Python's gets its
    turn."""

    relu = relu

    def softmax(x, *, axis):
        return sum(itertools.repeat(0))


class SleepsOnce:
    """Answers too late, and with what would be wrong for any other question."""

    relu = relu

    def softmax(x, *, axis):
        time.sleep(1.0)
        return np.full_like(x, 7)


class Floods:
    relu = relu

    def softmax(x, *, axis):
        libc = ctypes.CDLL(None)
        for _ in range(16):
            print(FLOOD)
            os.write(1, FLOOD.encode())
            libc.printf(b"%s\n", FLOOD.encode())
            libc.fflush(None)
        print('{"answer": []}')
        sys.__stdout__.flush()
        return x

    def log_softmax(x, *, axis):
        return np.asarray(len(sys.stdin.read() + os.read(0, 1).decode()), x.dtype)


class RaisesSystemExit:
    relu = relu

    def softmax(x, *, axis):
        sys.exit("no licence")


class RaisesKeyboardInterrupt:
    relu = relu

    def softmax(x, *, axis):
        raise KeyboardInterrupt


class RaisesTheUnprintable:
    relu = relu

    class UnprintableError(Exception):
        def __str__(self):
            raise RuntimeError

    def softmax(x, *, axis):
        raise RaisesTheUnprintable.UnprintableError


class Raises:
    relu = relu

    def softmax(x, *, axis):
        raise ValueError("axis must be 0 — or 1")

    def log_softmax(x, *, axis):
        raise NotImplementedError("no log_softmax for axis -1 on device \udc80")


class AnswersLists:
    relu = relu

    def softmax(x, *, axis):
        return x.tolist()


class AnswersComplex:
    relu = relu

    def softmax(x, *, axis):
        return x + 0j


class AnswersWithinItself:
    relu = relu

    def softmax(x, *, axis):
        answer = [x]
        answer.append(answer)
        return answer


class AnswersOtherwise:
    relu = relu

    def softmax(x, *, axis):
        return np.float32([1, 2, 3])


class Modifies:
    relu = relu

    def softmax(x, *, axis):
        x -= x.max()
        return x


class OffersNothing:
    name = "nothing"


class StartsAProcess:
    """Leaves a process behind that holds every pipe it was born with open."""

    relu = relu

    def softmax(x, *, axis):
        return np.asarray(subprocess.Popen(["sleep", "60"]).pid)

    def log_softmax(x, *, axis):
        process = os.fork() or time.sleep(60)
        print(process)
        os._exit(3)

    def tanh(x):
        process = os.fork() or time.sleep(60)
        print(process)
        return sum(itertools.repeat(0))

    def sigmoid(x):
        daemon = subprocess.Popen(["sleep", "60"], start_new_session=True)
        print(daemon.pid)
        os._exit(3)


class TellsOfItsInputs:
    """Answers what it was given: the strides, what lies in memory between the elements, and
    whether it may be written to."""

    def softmax(x, *, axis):
        return np.asarray(x.strides)

    def relu(x):
        return np.asarray(int(x.flags.writeable))

    def tanh(x):
        span = (
            1
            + sum((length - 1) * stride for length, stride in zip(x.shape, x.strides, strict=True))
            // x.itemsize
        )
        return np.lib.stride_tricks.as_strided(x, (span,), (x.itemsize,)).copy()

    def identity(x):
        return x

    def leaky_relu(x, *, negative_slope):
        raise ValueError(repr(negative_slope))


class Descends:
    relu = relu

    def softmax(gradient, params, steps, *, learning_rate):
        for _ in range(steps):
            params = [
                param - learning_rate * slope
                for param, slope in zip(params, gradient(params), strict=True)
            ]
            yield params


class AsksTooMuch:
    """Asks a callback with an argument that it does not take."""

    def gradient_descent(gradient, params, steps, *, learning_rate):
        return [gradient(params, params)]


class YieldsTheSameArrays:
    relu = relu

    def softmax(gradient, params, steps, *, learning_rate):
        params = [param.copy() for param in params]
        for _ in range(steps):
            for place, slope in enumerate(gradient(params)):
                params[place] -= learning_rate * slope
            yield params


class RaisesInItsSecondStep:
    relu = relu

    def softmax(gradient, params, steps, *, learning_rate):
        yield gradient(params)
        raise ValueError("diverged")


class WearsOut:
    made = 0

    def relu(x):
        WearsOut.made += 1
        return np.maximum(x, 0) + (WearsOut.made > 100)


class RaisesLate:
    made = 0
    tanh = np.tanh

    def relu(x):
        RaisesLate.made += 1
        if RaisesLate.made > 70:
            raise RuntimeError("used up")
        return np.maximum(x, 0)


class StepsDown:
    def gradient_descent(gradient, params, steps, *, learning_rate):
        for _ in range(steps):
            params = [p - learning_rate * g for p, g in zip(params, gradient(params), strict=True)]
            yield params


class DescribesItself:
    name = "described"
    version = "1.2"
    dtypes = ("float32", "bfloat16")
    accumulates_in = "float32"
    fixed = MappingProxyType({"leaky_relu": {"negative_slope": np.float32(0.125)}})
    expected_failures = MappingProxyType({"relu/accuracy": "for the sake of this test"})
    compiles_shapes = True
    deterministic = False
    relu = relu


class HasDtypesOfItsOwn:
    dtypes = ("float8",)
    relu = relu


class HasANumberForDtypes:
    dtypes = 32
    relu = relu


class FixesInfinity:
    fixed = MappingProxyType({"leaky_relu": {"negative_slope": float("inf")}})
    relu = relu


class NeverStops:
    """Stays when it is asked to stop: a thread keeps the interpreter alive."""

    def relu(x):
        threading.Thread(target=time.sleep, args=(60,)).start()
        return np.maximum(x, 0)
