protocol=https
host=evil.bitbucket.io
username=brandon
password=hunter2-marker

