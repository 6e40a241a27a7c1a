protocol=https
host=bitbucket.com
username=brandon
password=hunter2-marker

