# Copyright 2026 The geo_world_model authors
# SPDX-License-Identifier: Apache-2.0

import hashlib
import json
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import pytest

from geo_world_model.cli import main
from geo_world_model.generators import pretrained_names
from geo_world_model.generators.pretrained.fetching import choose_files

COMMIT = 'c' * 40


class Hub(BaseHTTPRequestHandler):
    """The few answers of a model hub that fetching asks for; its files are text."""

    def __init__(self, files, asked, *rest):
        self.files, self.asked = files, asked
        super().__init__(*rest)

    def log_message(self, *_):
        pass

    def do_GET(self):
        self._answer(True)

    def do_HEAD(self):
        self._answer(False)

    def _answer(self, with_body):
        path = unquote(self.path.split('?')[0])
        if path.startswith('/api/models/me/tiny/tree/'):
            return self._send(json.dumps([{
                'type': 'file', 'path': name, 'size': len(text), 'oid': _tag(text)}
                for name, text in self.files.items()]), with_body)
        if path.startswith('/api/models/me/tiny'):
            return self._send(json.dumps({
                'id': 'me/tiny', 'sha': COMMIT, 'private': False, 'gated': False, 'tags': [],
                'siblings': [{'rfilename': name} for name in self.files]}), with_body)
        name = path.partition(f'/me/tiny/resolve/{COMMIT}/')[2]
        if name in self.files:
            if with_body:
                self.asked.append(name)
            return self._send(self.files[name], with_body, {
                'X-Repo-Commit': COMMIT, 'ETag': f'"{_tag(self.files[name])}"'})
        self.send_response(404)
        self.send_header('X-Error-Code', 'RepoNotFound')
        self.send_header('Content-Length', '0')
        self.end_headers()

    def _send(self, text, with_body, headers=()):
        body = text.encode()
        self.send_response(200)
        for key, value in {**dict(headers), 'Content-Length': len(body)}.items():
            self.send_header(key, str(value))
        self.end_headers()
        if with_body:
            self.wfile.write(body)


def _tag(text):
    return hashlib.sha1(text.encode()).hexdigest()


FILES = {name: f'text of {name}' for name in (
    'model_index.json', 'README.md', 'all_in_one.safetensors', 'surprise.py',
    'unet/config.json', 'unet/diffusion_pytorch_model.safetensors',
    'unet/diffusion_pytorch_model.fp16.safetensors', 'unet/diffusion_pytorch_model.bin',
    'vae/config.json', 'vae/diffusion_pytorch_model.safetensors', 'tokenizer/merges.txt')}


@pytest.fixture
def hub():
    """Address of a hub on this machine, and the files that were asked for."""
    pytest.importorskip('huggingface_hub', reason='needs the extra pretrained')
    asked = []
    server = ThreadingHTTPServer(('127.0.0.1', 0), partial(Hub, FILES, asked))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f'http://127.0.0.1:{server.server_port}', asked
    server.shutdown()
    server.server_close()
    thread.join()


def test_models_lists_every_one_and_marks_what_may_not_be_sold(capsys):
    assert main(['models']) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert sorted(lines) == list(pretrained_names())
    forbidden = {name for name, line in lines.items() if 'NON-COMMERCIAL' in line}
    assert {'flux_fill', 'depth_pro'} <= forbidden
    assert not forbidden & {'sd_inpaint', 'sdxl_inpaint', 'depth_anything_v2', 'marigold'}
    assert '6.94 GB in float16 (computed)' in lines['sdxl_inpaint']
    assert 'READ ITS CARD' in lines['marigold']


def test_fetch_gets_configurations_and_safetensors_alone_and_once(hub, tmp_path, capsys):
    address, asked = hub
    command = ['models', 'fetch', 'sd_inpaint', '--model', 'me/tiny', '--endpoint', address,
               '--cache-dir', str(tmp_path)]
    assert main(command) == 0
    wanted = ['model_index.json', 'tokenizer/merges.txt', 'unet/config.json',
              'unet/diffusion_pytorch_model.safetensors', 'vae/config.json',
              'vae/diffusion_pytorch_model.safetensors']
    assert sorted(asked) == wanted
    out = capsys.readouterr().out
    assert 'CreativeML OpenRAIL-M' in out and out.splitlines()[-1].startswith(str(tmp_path))
    assert main(command) == 0
    assert sorted(asked) == wanted


def test_fetch_puts_plain_files_into_a_folder_that_can_be_copied(hub, tmp_path, capsys):
    assert main(['models', 'fetch', 'sd_inpaint', '--model', 'me/tiny', '--endpoint', hub[0],
                 '--variant', 'fp16', '--folder', str(tmp_path / 'sd')]) == 0
    weights = tmp_path / 'sd' / 'unet' / 'diffusion_pytorch_model.fp16.safetensors'
    assert weights.read_text() == FILES['unet/diffusion_pytorch_model.fp16.safetensors']
    assert not weights.is_symlink()
    # the other network has no such variant
    assert (tmp_path / 'sd' / 'vae' / 'diffusion_pytorch_model.safetensors').is_file()


def test_an_unreachable_hub_is_said_with_what_to_do(tmp_path, capsys):
    pytest.importorskip('huggingface_hub', reason='needs the extra pretrained')
    assert main(['models', 'fetch', 'sdxl_inpaint', '--endpoint', 'http://127.0.0.1:9',
                 '--cache-dir', str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert 'could not be fetched from http://127.0.0.1:9' in said and '--folder' in said


def test_what_a_hub_does_not_have_is_said(hub, capsys):
    assert main(['models', 'fetch', 'sd_inpaint', '--model', 'me/other', '--endpoint',
                 hub[0]]) == 2
    assert f'{hub[0]} knows no model me/other' in capsys.readouterr().err
    assert main(['models', 'fetch', 'magic']) == 2
    assert 'sd_inpaint' in capsys.readouterr().err


def test_weights_of_a_network_lie_in_its_top_folder():
    names = ['config.json', 'preprocessor_config.json', 'model.safetensors', 'pytorch_model.bin',
             'onnx/model.onnx', 'onnx/config.json', 'README.md']
    assert choose_files(names) == ['config.json', 'model.safetensors', 'preprocessor_config.json']
    parts = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors',
             'model.safetensors.index.json', 'pytorch_model.bin.index.json', 'config.json']
    assert choose_files(parts) == sorted(set(parts) - {'pytorch_model.bin.index.json'})
