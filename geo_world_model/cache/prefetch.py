# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0
"""The processor's prefetch instruction for numba: no value changes, only when memory arrives."""

from llvmlite import ir
from numba import types
from numba.extending import intrinsic


@intrinsic
def prefetch_row(context, array, row):
    """Ask for row `row` (unsigned) of a C-contiguous array (N, 4) of eight-byte numbers."""
    def generate(context, builder, signature, arguments):
        values = context.make_array(signature.args[0])(context, builder, arguments[0])
        index = builder.mul(arguments[1], ir.Constant(arguments[1].type, 4))
        address = builder.bitcast(builder.gep(values.data, [index]), ir.IntType(8).as_pointer())
        number = ir.IntType(32)
        function = builder.module.declare_intrinsic(
            'llvm.prefetch', [address.type],
            ir.FunctionType(ir.VoidType(), [address.type, number, number, number]))
        # to be read, into the second level of the cache, as data
        builder.call(function, [address] + [ir.Constant(number, value) for value in (0, 2, 1)])
        return context.get_dummy_value()

    return types.void(array, row), generate
